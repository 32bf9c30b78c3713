-- Everyone who belongs to a village at a reporting date (policy.md §8), with what decides where they stand. The one
-- definition behind the counts and behind the list of names: the other steps read it as `people`. It reads the roster as
-- `roster_rows`, which are those of today (03_rows_of_today) or of an earlier moment (04_rows_known_then).
-- :county_low, :county_high  county codes of the unit (cluster routing)
-- :low, :high     division codes of the unit
-- :as_of          reporting date
-- :known_at       moment whose knowledge is asked for, or null for today's
-- :contribution_year  year whose contribution makes a person insured
-- :rural_only     whether the hukou test of the date is rural only (2010-2012)
-- :born_until_16, :born_until_60  latest birth dates of those who are 16 and 60 at the reporting date
-- :excluding, :explaining  kinds of facts, the telling one first
WITH roster AS (
    SELECT
        r.county_code,
        r.resident_id,
        r.division_code,
        r.name,
        r.sex,
        r.birth_date,
        r.document_kind,
        r.id_token,
        r.household_id,
        r.village_group
    FROM roster_rows AS r
    WHERE
        (r.hukou_kind = 'rural' OR NOT :rural_only)
        AND r.birth_date <= :born_until_16
        AND (r.here_since IS NULL OR r.here_since <= :as_of)
        -- Somebody who died or moved away after the reporting date was still there on it.
        AND (r.status = 'alive' OR r.status_on > :as_of)
        -- A merged row is nobody: who it seemed to be counts by the row that was kept, before the merge as well.
        AND r.status <> 'merged'
),

-- Stays that have ended since: people who have moved, changed their hukou kind or left and come back.
former AS (
    SELECT
        s.county_code,
        s.resident_id,
        s.division_code,
        s.name,
        s.sex,
        s.birth_date,
        s.document_kind,
        s.id_token,
        s.household_id,
        s.village_group,
        s.books_kept_at IS NOT NULL AS has_books,
        s.insured_on <= :as_of AS was_registered,
        CAST(s.paid_years ->> CAST(:contribution_year AS text) AS date) <= :as_of AS had_paid,
        s.drawing_from <= :as_of AND (s.drawing_to IS NULL OR s.drawing_to > :as_of) AS was_drawing
    FROM resident_spells AS s
    WHERE
        s.county_code BETWEEN :county_low AND :county_high
        AND s.division_code BETWEEN :low AND :high
        AND (s.voided_at IS NULL OR s.voided_at > CAST(:known_at AS timestamptz))
        AND (CAST(:known_at AS timestamptz) IS NULL OR s.recorded_at <= CAST(:known_at AS timestamptz))
        AND (s.hukou_kind = 'rural' OR NOT :rural_only)
        AND s.birth_date <= :born_until_16
        AND (s.begins_on IS NULL OR s.begins_on <= :as_of)
        AND s.ended_on > :as_of
        AND (s.gone_on IS NULL OR s.gone_on > :as_of)
        AND NOT EXISTS (
            SELECT 1
            FROM residents AS m
            WHERE
                m.county_code = s.county_code
                AND m.id = s.resident_id
                AND m.status = 'merged'
                AND (CAST(:known_at AS timestamptz) IS NULL OR m.updated_at <= CAST(:known_at AS timestamptz))
        )
),

belonging AS (
    SELECT
        roster.*,
        FALSE AS has_books,
        FALSE AS was_registered,
        FALSE AS had_paid,
        FALSE AS was_drawing
    FROM roster
    UNION ALL
    SELECT former.*
    FROM former
),

facts AS (
    SELECT
        f.county_code,
        f.resident_id,
        min(array_position(CAST(:excluding AS text[]), CAST(f.kind AS text))) AS excluding_place,
        min(array_position(CAST(:explaining AS text[]), CAST(f.kind AS text))) AS explaining_place
    FROM resident_facts AS f
    WHERE
        f.county_code BETWEEN :county_low AND :county_high
        AND f.division_code BETWEEN :low AND :high
        AND f.kind = any(CAST(:excluding AS text[]) || CAST(:explaining AS text[]))
        AND (f.begins_on IS NULL OR f.begins_on <= :as_of)
        -- An end or a voiding that was recorded only later was not known then.
        AND (f.ended_on IS NULL OR f.ended_on > :as_of OR f.end_recorded_at > CAST(:known_at AS timestamptz))
        AND (f.voided_at IS NULL OR f.voided_at > CAST(:known_at AS timestamptz))
        AND (CAST(:known_at AS timestamptz) IS NULL OR f.recorded_at <= CAST(:known_at AS timestamptz))
    GROUP BY f.county_code, f.resident_id
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
        AND c.kind IN ('annual', 'government_paid', 'lump_sum')
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
    b.county_code,
    b.resident_id,
    b.division_code,
    b.name,
    b.sex,
    b.birth_date,
    b.document_kind,
    b.id_token,
    b.household_id,
    b.village_group,
    b.birth_date > :born_until_60 AS is_working_age,
    facts.excluding_place,
    facts.explaining_place,
    -- Books that went with the person to another village were kept with the stay.
    CASE WHEN b.has_books THEN coalesce(b.was_registered, FALSE) ELSE registered.resident_id IS NOT NULL END AS is_registered,
    CASE WHEN b.has_books THEN coalesce(b.had_paid, FALSE) ELSE paid.resident_id IS NOT NULL END AS has_paid,
    CASE WHEN b.has_books THEN coalesce(b.was_drawing, FALSE) ELSE drawing.resident_id IS NOT NULL END AS is_drawing
FROM belonging AS b
LEFT JOIN facts
    ON b.county_code = facts.county_code AND b.resident_id = facts.resident_id
LEFT JOIN registered
    ON b.county_code = registered.county_code AND b.resident_id = registered.resident_id
LEFT JOIN paid
    ON b.county_code = paid.county_code AND b.resident_id = paid.resident_id
LEFT JOIN drawing
    ON b.county_code = drawing.county_code AND b.resident_id = drawing.resident_id
