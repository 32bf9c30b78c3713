-- title: 已冲正的缴费在个人账户上一分不留(同一凭证多人的逐人核对)
SELECT
    c.county_code,
    c.id AS contribution_id,
    coalesce(sum(l.personal_fen), 0) AS personal_fen,
    coalesce(sum(l.collective_fen), 0) AS collective_fen,
    coalesce(sum(l.gov_fen), 0) AS gov_fen
FROM contributions AS c
LEFT JOIN account_lines AS l
    ON
        c.county_code = l.county_code AND c.resident_id = l.resident_id
        AND l.journal_id IN (c.journal_id, c.reversal_journal_id)
WHERE c.state = 'reversed'
GROUP BY c.county_code, c.id
HAVING
    coalesce(sum(l.personal_fen), 0) <> 0 OR coalesce(sum(l.collective_fen), 0) <> 0
    OR coalesce(sum(l.gov_fen), 0) <> 0 OR count(*) < 2
