-- Lines of a claim from what is staged: what is new at the parts that the law gave for each amount and day, what is taken
-- back at the parts it was claimed with. First what is taken back, then village by village: the order in which money
-- covers them. An amount of nothing is no line.
-- :county_code, :claim_id, :purpose                  the claim
-- :amounts, :days, :covered, :kinds                  what the law was asked about
-- :central, :province, :city, :county, :town         what it answered, in fen
INSERT INTO subsidy_claim_lines (
    county_code, claim_id, seq, division_code, resident_id, purpose, contribution_id, contribution_year, month, due_kind,
    tier_fen, origin, due_on, waits, turn, base_fen, amount_fen, central_fen, province_fen, city_fen, county_fen, town_fen
)
SELECT
    :county_code,
    :claim_id,
    row_number() OVER (
        ORDER BY NOT i.is_return, i.division_code, i.resident_id, i.contribution_id, i.origin, i.month, i.due_kind
    ) AS seq,
    i.division_code,
    i.resident_id,
    :purpose,
    i.contribution_id,
    i.contribution_year,
    i.month,
    i.due_kind,
    i.tier_fen,
    i.origin,
    i.due_on,
    i.waits,
    i.turn,
    i.owed_fen,
    i.central_fen + i.province_fen + i.city_fen + i.county_fen + i.town_fen,
    i.central_fen,
    i.province_fen,
    i.city_fen,
    i.county_fen,
    i.town_fen
FROM (
    SELECT
        d.resident_id,
        d.division_code,
        d.contribution_id,
        d.contribution_year,
        d.month,
        d.due_kind,
        d.tier_fen,
        d.origin,
        d.due_on,
        d.waits,
        d.turn,
        d.owed_fen,
        d.is_return,
        coalesce(d.central_fen, s.central_fen) AS central_fen,
        coalesce(d.province_fen, s.province_fen) AS province_fen,
        coalesce(d.city_fen, s.city_fen) AS city_fen,
        coalesce(d.county_fen, s.county_fen) AS county_fen,
        coalesce(d.town_fen, s.town_fen) AS town_fen
    FROM due_items AS d
    LEFT JOIN
        unnest(
            CAST(:amounts AS bigint[]), CAST(:days AS date[]), CAST(:covered AS date[]), CAST(:kinds AS text[]),
            CAST(:central AS bigint[]), CAST(:province AS bigint[]), CAST(:city AS bigint[]), CAST(:county AS bigint[]),
            CAST(:town AS bigint[])
        ) AS s (
            owed_fen, split_on, covered_month, due_kind, central_fen, province_fen, city_fen, county_fen, town_fen
        )
        ON
            NOT d.is_return AND d.owed_fen = s.owed_fen AND d.split_on = s.split_on
            AND d.covered_month IS NOT DISTINCT FROM s.covered_month AND d.due_kind IS NOT DISTINCT FROM s.due_kind
) AS i
WHERE i.central_fen <> 0 OR i.province_fen <> 0 OR i.city_fen <> 0 OR i.county_fen <> 0 OR i.town_fen <> 0
