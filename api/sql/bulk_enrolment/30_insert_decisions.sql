-- Approve the step for every case of the unit that waits for it. A person who decided another step of the round, or
-- who brought the case in and would now review it, is passed over: that case waits for somebody else.
-- :county_code, :low, :high   unit
-- :state                      state in which cases wait for the step
-- :step                       village_check, township_review or county_approval
-- :decided_by_id, :decided_by_name, :decided_on  who, and the business date
-- :opinion                    what they say
INSERT INTO enrolment_decisions (
    county_code, id, enrolment_id, division_code, round, step, decision, opinion, decided_by_id, decided_by_name,
    decided_on
)
SELECT
    e.county_code,
    :county_code * 10000000000 + nextval('serials'),
    e.id,
    e.division_code,
    e.round,
    cast(:step AS text),
    'approve',
    cast(:opinion AS text),
    :decided_by_id,
    cast(:decided_by_name AS text),
    :decided_on
FROM enrolments AS e
WHERE
    e.county_code = :county_code
    AND e.division_code BETWEEN :low AND :high
    AND e.state = :state
    AND e.applied_on <= :decided_on
    AND (cast(:step AS text) = 'village_check' OR e.created_by_id <> :decided_by_id)
    AND NOT EXISTS (
        SELECT 1
        FROM enrolment_decisions AS d
        WHERE
            d.county_code = e.county_code
            AND d.enrolment_id = e.id
            AND d.round = e.round
            AND :decided_by_id IN (d.decided_by_id, d.on_behalf_of_id)
    )
RETURNING enrolment_id
