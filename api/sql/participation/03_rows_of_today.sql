-- Rows of the roster of a unit as they are.
-- :county_low, :county_high, :low, :high  the unit
SELECT
    r.county_code,
    r.id AS resident_id,
    r.division_code,
    r.name,
    r.sex,
    r.birth_date,
    r.document_kind,
    r.id_token,
    r.household_id,
    r.village_group,
    r.hukou_kind,
    r.here_since,
    r.status,
    r.status_on
FROM residents AS r
WHERE
    r.county_code BETWEEN :county_low AND :county_high
    AND r.division_code BETWEEN :low AND :high
