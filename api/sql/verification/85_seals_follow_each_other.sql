-- title: 账本封存首尾相连：序号不断、摘要相承、交易区间不重不漏
SELECT
    s.county_code,
    s.seq
FROM ledger_seals AS s
LEFT JOIN ledger_seals AS p ON s.county_code = p.county_code AND p.seq = s.seq - 1
WHERE
    s.previous_hash <> coalesce(p.hash, repeat('0', 64))
    OR s.xid_from <> coalesce(p.xid_upto, 0)
    OR (s.seq > 1 AND p.seq IS NULL)
