-- title: 个人账户余额等于其明细之和(逐来源)
WITH summed AS (
    SELECT
        county_code,
        resident_id,
        sum(personal_fen) AS personal_fen,
        sum(collective_fen) AS collective_fen,
        sum(gov_fen) AS gov_fen
    FROM account_lines
    GROUP BY county_code, resident_id
)

SELECT
    coalesce(a.county_code, s.county_code) AS county_code,
    coalesce(a.resident_id, s.resident_id) AS resident_id,
    a.resident_id IS NULL AS account_missing,
    coalesce(a.personal_fen, 0) - coalesce(s.personal_fen, 0) AS personal_difference_fen,
    coalesce(a.collective_fen, 0) - coalesce(s.collective_fen, 0) AS collective_difference_fen,
    coalesce(a.gov_fen, 0) - coalesce(s.gov_fen, 0) AS gov_difference_fen
FROM accounts AS a
FULL JOIN summed AS s ON a.county_code = s.county_code AND a.resident_id = s.resident_id
WHERE
    a.resident_id IS NULL OR a.personal_fen <> coalesce(s.personal_fen, 0)
    OR a.collective_fen <> coalesce(s.collective_fen, 0) OR a.gov_fen <> coalesce(s.gov_fen, 0)
