-- One hash over everybody whom the run names: person, village, outcome and fen, by person.
-- :county_code, :run_id  the run
SELECT
    encode(sha256(coalesce(string_agg(
        int8send(l.resident_id) || int8send(l.division_code) || int8send(l.tier_fen) || int8send(l.subsidy_fen)
        || int8send(l.waiting_subsidy_fen)
        || convert_to(l.outcome, 'UTF8'), ''::bytea ORDER BY l.resident_id
    ), ''::bytea)), 'hex') AS digest
FROM government_paid_lines AS l
WHERE l.county_code = :county_code AND l.run_id = :run_id
