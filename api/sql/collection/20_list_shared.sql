-- People of a batch who share a passbook with another line of it: they are asked, but the checker should look.
-- Parameters: county_code, batch_id.
INSERT INTO collection_exceptions (county_code, batch_id, resident_id, code, division_code, withheld)
SELECT
    :county_code,
    :batch_id,
    l.resident_id,
    'shared_bank_account',
    l.division_code,
    FALSE
FROM collection_lines AS l
JOIN (
    SELECT bank_account_index
    FROM collection_lines
    WHERE county_code = :county_code AND batch_id = :batch_id AND bank_account_index IS NOT NULL
    GROUP BY bank_account_index
    HAVING count(*) > 1
) AS s ON l.bank_account_index = s.bank_account_index
WHERE l.county_code = :county_code AND l.batch_id = :batch_id
