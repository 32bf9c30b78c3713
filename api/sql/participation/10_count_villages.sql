-- Participation counts per village at a reporting date (policy.md §8).
-- :county_low, :county_high  county codes of the unit (cluster routing)
-- :low, :high     division codes of the unit
-- :as_of          reporting date
-- :contribution_year  year whose contribution makes a person insured
-- :rural_only   whether the hukou test of the date is rural only (2010-2012)
-- :born_until_16, :born_until_60  latest birth dates of those who are 16 and 60 at the reporting date
WITH roster AS (
    SELECT
        r.county_code,
        r.id,
        r.division_code,
        r.birth_date > :born_until_60 AS is_working_age
    FROM residents AS r
    WHERE
        r.county_code BETWEEN :county_low AND :county_high
        AND r.division_code BETWEEN :low AND :high
        AND (r.hukou_kind = 'rural' OR NOT :rural_only)
        AND r.birth_date <= :born_until_16
        AND NOT r.is_student
        AND NOT r.employee_insured
        AND NOT r.other_pension
        -- Somebody who died or moved away after the reporting date was still there on it.
        AND (r.status = 'alive' OR r.status_on > :as_of)
        -- A merged row is nobody: who it seemed to be counts by the row that was kept, before the merge as well.
        AND r.status <> 'merged'
),

registered AS (
    SELECT
        e.county_code,
        e.resident_id
    FROM enrolments AS e
    WHERE
        e.county_code BETWEEN :county_low AND :county_high
        AND e.division_code BETWEEN :low AND :high
        AND e.state = 'county_approved'
        AND e.insured_on <= :as_of
),

paid AS (
    SELECT
        c.county_code,
        c.resident_id
    FROM contributions AS c
    WHERE
        c.county_code BETWEEN :county_low AND :county_high
        AND c.division_code BETWEEN :low AND :high
        AND c.contribution_year = :contribution_year
        AND c.kind IN ('annual', 'government_paid')
        AND c.paid_on <= :as_of
        AND c.state = 'posted'
    GROUP BY c.county_code, c.resident_id
),

drawing AS (
    SELECT
        b.county_code,
        b.resident_id
    FROM benefits AS b
    WHERE
        b.county_code BETWEEN :county_low AND :county_high
        AND b.division_code BETWEEN :low AND :high
        AND b.start_month <= :as_of
        AND (b.end_month IS NULL OR b.end_month >= date_trunc('month', CAST(:as_of AS date)))
        -- Who went to prison after the reporting date was still drawing on it.
        AND (b.state IN ('active', 'suspended', 'terminated') OR (b.state = 'stopped' AND b.state_on > :as_of))
)

SELECT
    roster.division_code,
    count(*) AS eligible,
    count(registered.resident_id) AS registered,
    count(registered.resident_id) FILTER (
        WHERE paid.resident_id IS NOT NULL OR drawing.resident_id IS NOT NULL
    ) AS insured,
    count(registered.resident_id) FILTER (WHERE drawing.resident_id IS NOT NULL) AS recipients,
    count(*) FILTER (WHERE NOT roster.is_working_age) AS entitled,
    count(*) FILTER (WHERE roster.is_working_age) AS working_age_eligible,
    count(registered.resident_id) FILTER (
        WHERE roster.is_working_age AND (paid.resident_id IS NOT NULL OR drawing.resident_id IS NOT NULL)
    ) AS working_age_insured
FROM roster
LEFT JOIN registered
    ON roster.county_code = registered.county_code AND roster.id = registered.resident_id
LEFT JOIN paid
    ON roster.county_code = paid.county_code AND roster.id = paid.resident_id
LEFT JOIN drawing
    ON roster.county_code = drawing.county_code AND roster.id = drawing.resident_id
GROUP BY roster.division_code
ORDER BY roster.division_code
