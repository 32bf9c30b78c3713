-- One draft for each accepted person, in the order of the rows.
-- :county_code    county of the unit
-- :created_by_id  who brought the list
-- :since_on       business date of the entry
-- :due_on         last day for the village's check
INSERT INTO enrolments (
    county_code, id, resident_id, division_code, tier_fen, applied_on, state, since_on, due_on, created_by_id
)
SELECT
    :county_code,
    :county_code * 10000000000 + nextval('serials'),
    accepted.resident_id,
    accepted.division_code,
    accepted.tier_fen,
    accepted.applied_on,
    'draft',
    cast(:since_on AS date),
    cast(:due_on AS date),
    :created_by_id
FROM accepted_enrolments AS accepted
ORDER BY accepted.row_no
