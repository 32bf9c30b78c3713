-- Move on exactly the cases that the actor has just decided.
-- :county_code    county of the unit
-- :state          state they waited in
-- :next_state     state they enter
-- :insured_on     day of the county's approval, null at earlier steps
-- :since_on       business date of the decision
-- :due_on         last day for the next step, null when there is none
-- :enrolment_ids  the decided cases
UPDATE enrolments AS e
SET
    state = :next_state,
    insured_on = coalesce(cast(:insured_on AS date), e.insured_on),
    since_on = cast(:since_on AS date),
    due_on = cast(:due_on AS date),
    version = e.version + 1,
    updated_at = now()
WHERE
    e.county_code = :county_code
    AND e.state = :state
    AND e.id = any(:enrolment_ids)
