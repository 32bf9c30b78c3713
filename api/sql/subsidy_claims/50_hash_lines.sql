-- SHA-256 over the lines of a claim, town by town.
-- :county_code, :claim_id  the claim
SELECT
    l.division_code / 1000 * 1000 AS town,
    encode(
        sha256(
            convert_to(
                string_agg(
                    concat_ws(
                        '|', l.seq, l.division_code, l.resident_id, l.contribution_id, l.month, l.due_kind, l.origin,
                        l.tier_fen, l.due_on, l.waits, l.turn, l.base_fen, l.central_fen, l.province_fen, l.city_fen,
                        l.county_fen, l.town_fen
                    ), chr(10)
                    ORDER BY l.seq
                ), 'UTF8'
            )
        ), 'hex'
    ) AS digest
FROM subsidy_claim_lines AS l
WHERE l.county_code = :county_code AND l.claim_id = :claim_id
GROUP BY l.division_code / 1000 * 1000
ORDER BY l.division_code / 1000 * 1000
