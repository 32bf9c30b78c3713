-- In which villages, kinds and tiers a year is paid in full; the law then says what each is worth before and after.
-- :county_low, :county_high, :low, :high  the units looked at
-- :year                                   contribution year
SELECT DISTINCT
    p.division_code,
    p.kind,
    p.tier_fen
FROM (
    SELECT
        c.division_code,
        c.kind,
        max(c.tier_fen) AS tier_fen
    FROM contributions AS c
    WHERE
        c.county_code BETWEEN :county_low AND :county_high
        AND c.division_code BETWEEN :low AND :high
        AND c.contribution_year = :year
        AND c.state = 'posted'
        AND c.kind IN ('annual', 'make_up', 'government_paid')
    GROUP BY c.county_code, c.resident_id, c.division_code, c.kind
    HAVING sum(c.amount_fen) >= max(c.tier_fen)
) AS p
ORDER BY p.division_code, p.kind, p.tier_fen
