-- A receipt for each payment in cash; the numbers were taken from the collector's own counter.
-- :county_code   county of the list
-- :collector_id  who took the cash
INSERT INTO receipts (
    county_code, id, division_code, collector_id, number, contribution_id, resident_id, amount_fen, issued_on,
    verification_code
)
SELECT
    :county_code,
    j.receipt_id,
    j.division_code,
    :collector_id,
    j.receipt_number,
    j.contribution_id,
    j.resident_id,
    j.amount_fen,
    j.issued_on,
    j.verification_code
FROM judged_contributions AS j
WHERE j.receipt_id IS NOT NULL
ORDER BY j.receipt_number
