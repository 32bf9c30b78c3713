-- Everybody insured of a unit, alive and without a passbook, who is in no other batch that waits for the bank.
-- Parameters: county_code, opening_id, low, high.
INSERT INTO account_opening_lines (county_code, opening_id, seq, resident_id, division_code, name, id_token)
SELECT
    :county_code,
    :opening_id,
    row_number() OVER (ORDER BY r.division_code, r.id),
    r.id,
    r.division_code,
    r.name,
    r.id_token
FROM residents AS r
JOIN enrolments AS e ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
WHERE
    r.county_code = :county_code AND r.division_code BETWEEN :low AND :high
    AND r.status = 'alive' AND r.bank_account_sealed IS NULL
    AND NOT EXISTS (
        SELECT FROM account_opening_lines AS l
        JOIN account_openings AS o ON l.county_code = o.county_code AND l.opening_id = o.id
        WHERE
            l.county_code = r.county_code AND l.resident_id = r.id AND l.result IS NULL
            AND o.id <> :opening_id AND o.state IN ('computed', 'approved', 'sent')
    )
