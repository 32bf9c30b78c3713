-- Rows of the roster of a unit as they were at an earlier moment: each version says when it began and when it was replaced.
-- :county_low, :county_high, :low, :high  the unit
-- :known_at                               the moment
SELECT
    r.county_code,
    r.id AS resident_id,
    r.division_code,
    r.name,
    CAST(r.sex AS text) AS sex,
    r.birth_date,
    CAST(r.document_kind AS text) AS document_kind,
    r.id_token,
    r.household_id,
    r.village_group,
    CAST(r.hukou_kind AS text) AS hukou_kind,
    r.here_since,
    CAST(r.status AS text) AS status,
    r.status_on
FROM residents AS r
WHERE
    r.county_code BETWEEN :county_low AND :county_high
    AND r.division_code BETWEEN :low AND :high
    AND r.updated_at <= CAST(:known_at AS timestamptz)
UNION ALL
SELECT
    v.county_code,
    v.resident_id,
    v.division_code,
    (v.row ->> 'name') COLLATE "C" AS name,
    v.row ->> 'sex' AS sex,
    CAST(v.row ->> 'birth_date' AS date) AS birth_date,
    v.row ->> 'document_kind' AS document_kind,
    CAST(v.row ->> 'id_token' AS uuid) AS id_token,
    CAST(v.row ->> 'household_id' AS bigint) AS household_id,
    (v.row ->> 'village_group') COLLATE "C" AS village_group,
    v.row ->> 'hukou_kind' AS hukou_kind,
    CAST(v.row ->> 'here_since' AS date) AS here_since,
    v.row ->> 'status' AS status,
    CAST(v.row ->> 'status_on' AS date) AS status_on
FROM resident_versions AS v
WHERE
    v.county_code BETWEEN :county_low AND :county_high
    AND v.division_code BETWEEN :low AND :high
    AND v.replaced_at > CAST(:known_at AS timestamptz)
    AND CAST(v.row ->> 'updated_at' AS timestamptz) <= CAST(:known_at AS timestamptz)
