-- One journal per judged contribution, under the day that the books still take.
-- :county_code  county of the list
-- :maker_id     who recorded it
INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id)
SELECT
    :county_code,
    j.journal_id,
    j.division_code,
    'contribution',
    j.booked_on,
    'contribution:' || j.contribution_id,
    :maker_id
FROM judged_contributions AS j
ORDER BY j.journal_id
