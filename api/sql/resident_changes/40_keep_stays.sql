-- The stays that end, as rows of their own. Run before the rows of the people change: what they hold is the stay.
-- Who came on that very day, or later, has no stay to keep.
-- :county_code     county
-- :resident_ids    who moves or changes hukou kind
-- :days            first day elsewhere, one for each
-- :reason          why the stays end
-- :evidence        document behind it
-- :recorded_by_id  who records it
INSERT INTO resident_spells (
    county_code, id, resident_id, division_code, hukou_kind, name, sex, birth_date, document_kind, id_token,
    household_id, village_group, begins_on, ended_on, gone_on, reason, evidence, recorded_by_id
)
SELECT
    r.county_code,
    :county_code * 10000000000 + nextval('serials') AS id,
    r.id AS resident_id,
    r.division_code,
    r.hukou_kind,
    r.name,
    r.sex,
    r.birth_date,
    r.document_kind,
    r.id_token,
    r.household_id,
    r.village_group,
    r.here_since,
    m.on_day,
    CASE WHEN r.status <> 'alive' THEN r.status_on END AS gone_on,
    :reason AS reason,
    :evidence AS evidence,
    :recorded_by_id AS recorded_by_id
FROM unnest(CAST(:resident_ids AS bigint[]), CAST(:days AS date[])) AS m (resident_id, on_day)
INNER JOIN residents AS r
    ON m.resident_id = r.id
WHERE
    r.county_code = :county_code
    AND (r.here_since IS NULL OR r.here_since < m.on_day)
