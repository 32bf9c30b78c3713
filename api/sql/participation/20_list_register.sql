-- One page of the names of `register` (06_judge_people), by village, group, household and person.
-- :status, :reason   only these, or null for all; reason 'unexplained' is none
-- :outside           villages that the scheme leaves out
-- :after_division, :after_group, :after_household, :after_id  sort key of the last row of the page before
-- :maximum           rows
-- and the parameters of 05_list_people, by which the fact behind the reason is found
SELECT
    page.*,
    h.number AS household_number,
    f.begins_on AS reason_since,
    f.evidence AS reason_evidence,
    f.id AS fact_id,
    f.version AS fact_version
FROM (
    SELECT
        register.*,
        coalesce(register.village_group, '') AS group_key,
        coalesce(register.household_id, 0) AS household_key
    FROM register
    WHERE
        register.division_code <> ALL(CAST(:outside AS bigint[]))
        AND (CAST(:status AS text) IS NULL OR register.status = :status)
        AND (
            CAST(:reason AS text) IS NULL
            OR register.reason = :reason
            OR (:reason = 'unexplained' AND register.reason IS NULL AND register.status = 'not_enrolled')
        )
        AND (
            register.division_code,
            coalesce(register.village_group, ''),
            coalesce(register.household_id, 0),
            register.resident_id
        ) > (:after_division, :after_group, :after_household, :after_id)
    ORDER BY
        register.division_code,
        coalesce(register.village_group, ''),
        coalesce(register.household_id, 0),
        register.resident_id
    LIMIT :maximum
) AS page
LEFT JOIN households AS h
    ON page.county_code = h.county_code AND page.household_id = h.id
LEFT JOIN resident_facts AS f
    ON
        page.county_code = f.county_code
        AND page.resident_id = f.resident_id
        AND f.kind = page.reason
        AND (f.begins_on IS NULL OR f.begins_on <= :as_of)
        AND (f.ended_on IS NULL OR f.ended_on > :as_of OR f.end_recorded_at > CAST(:known_at AS timestamptz))
        AND (f.voided_at IS NULL OR f.voided_at > CAST(:known_at AS timestamptz))
        AND (CAST(:known_at AS timestamptz) IS NULL OR f.recorded_at <= CAST(:known_at AS timestamptz))
ORDER BY page.division_code, page.group_key, page.household_key, page.resident_id
