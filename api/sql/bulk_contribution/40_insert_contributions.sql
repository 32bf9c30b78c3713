-- The contributions themselves.
-- :county_code     county of the list
-- :law_serial      state of the dated law by which they were judged
-- :recorded_by_id  who recorded them
INSERT INTO contributions (
    county_code, id, resident_id, division_code, contribution_year, kind, instalment, tier_fen, amount_fen,
    subsidy_fen, waiting_subsidy_fen, paid_on, channel, journal_id, law_serial, recorded_by_id
)
SELECT
    :county_code,
    j.contribution_id,
    j.resident_id,
    j.division_code,
    j.contribution_year,
    j.kind,
    0,
    j.tier_fen,
    j.amount_fen,
    j.subsidy_fen,
    j.waiting_subsidy_fen,
    j.paid_on,
    j.channel,
    j.journal_id,
    :law_serial,
    :recorded_by_id
FROM judged_contributions AS j
ORDER BY j.contribution_id
