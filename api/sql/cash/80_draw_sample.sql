-- Receipts for a call back, drawn by a seed that nobody outside knows: the same day draws the same receipts.
-- :low, :high     division codes
-- :first_on, :last_on  days of the receipts
-- :seed           drawn from the day and a key of the installation
-- :actor_id       whose own receipts are left out
-- :maximum        how many
SELECT
    p.id,
    p.number,
    p.collector_id,
    p.resident_id,
    p.division_code,
    p.amount_fen,
    p.issued_on,
    c.contribution_year,
    r.name AS resident_name,
    d.name AS division_name,
    u.display_name AS collector_name
FROM receipts AS p
INNER JOIN contributions AS c
    ON p.county_code = c.county_code AND p.contribution_id = c.id AND c.state = 'posted'
INNER JOIN residents AS r ON p.county_code = r.county_code AND p.resident_id = r.id
LEFT JOIN divisions AS d ON p.division_code = d.code
LEFT JOIN users AS u ON p.county_code = u.county_code AND p.collector_id = u.id
WHERE
    p.division_code BETWEEN :low AND :high
    AND p.issued_on BETWEEN :first_on AND :last_on
    AND p.collector_id <> :actor_id
ORDER BY md5(:seed || p.id::text)
LIMIT :maximum
