-- One leaf per account: its balance by source at the end of the year, by value date, and the hash over its lines of the
-- year, both from sealed journals only. The text of a line is that of policy/proofs.py.
-- :county_code, :year, :version  the proof
-- :year_end                      accounts opened later have no leaf
-- :xid_upto                      first transaction that the seal does not cover
INSERT INTO year_proof_leaves (
    county_code, resident_id, year, version, division_code, personal_fen, collective_fen, gov_fen, lines_hash
)
SELECT
    a.county_code,
    a.resident_id,
    :year,
    :version,
    a.division_code,
    coalesce(sum(l.personal_fen), 0),
    coalesce(sum(l.collective_fen), 0),
    coalesce(sum(l.gov_fen), 0),
    sha256(convert_to(coalesce(string_agg(
        concat_ws(
            '|', l.journal_id, l.value_month, l.personal_fen, l.collective_fen, l.gov_fen, l.fund_fen,
            coalesce(l.contribution_year, 0)
        ),
        chr(10) ORDER BY l.journal_id
    ) FILTER (WHERE l.value_year = :year), ''), 'UTF8'))
FROM accounts AS a
LEFT JOIN (
    account_lines AS l
    INNER JOIN journals AS j ON l.county_code = j.county_code AND l.journal_id = j.id AND j.xid < :xid_upto
) ON a.county_code = l.county_code AND a.resident_id = l.resident_id AND l.value_year <= :year
WHERE a.county_code = :county_code AND a.opened_on <= :year_end
GROUP BY a.county_code, a.resident_id
