-- Who has paid a year in full, with what government pays for it by the law as it is and as it would be.
-- :county_low, :county_high, :low, :high  the units looked at
-- :year                                   contribution year
-- :units, :kinds, :tiers                  the terms of 10_list_terms
-- :befores, :afters                       what government pays for each, in fen
SELECT
    p.county_code,
    p.resident_id,
    p.division_code,
    1 AS unit_count,
    t.before_fen,
    t.after_fen
FROM (
    SELECT
        c.county_code,
        c.resident_id,
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
JOIN
    unnest(
        CAST(:units AS bigint[]),
        CAST(:kinds AS text[]),
        CAST(:tiers AS bigint[]),
        CAST(:befores AS bigint[]),
        CAST(:afters AS bigint[])
    ) AS t (division_code, kind, tier_fen, before_fen, after_fen)
    ON p.division_code = t.division_code AND p.kind = t.kind AND p.tier_fen = t.tier_fen
