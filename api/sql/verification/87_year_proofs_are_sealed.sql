-- title: 年度证明所依据的封存仍在链上，未被截断或改写
SELECT
    p.county_code,
    p.year,
    p.version,
    p.seal_seq
FROM year_proofs AS p
LEFT JOIN ledger_seals AS s ON p.county_code = s.county_code AND p.seal_seq = s.seq
WHERE s.hash IS DISTINCT FROM p.seal_hash OR s.xid_upto IS DISTINCT FROM p.xid_upto
