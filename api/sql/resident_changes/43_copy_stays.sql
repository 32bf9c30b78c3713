-- Ended stays of a person, anew with another day of going: a death within an ended stay was reported late, or wrongly.
-- :county_code, :resident_id  the person
-- :present_gone_on            the day of going that the stays have now, or null
-- :gone_on                    the day that they should have, or null
-- :recorded_by_id             who records it
INSERT INTO resident_spells (
    county_code, id, resident_id, division_code, hukou_kind, name, sex, birth_date, document_kind, id_token,
    household_id, village_group, begins_on, ended_on, gone_on, reason, evidence, books_kept_at, insured_on, paid_years, drawing_from,
    drawing_to, recorded_by_id
)
SELECT
    s.county_code,
    :county_code * 10000000000 + nextval('serials') AS id,
    s.resident_id,
    s.division_code,
    s.hukou_kind,
    s.name,
    s.sex,
    s.birth_date,
    s.document_kind,
    s.id_token,
    s.household_id,
    s.village_group,
    s.begins_on,
    s.ended_on,
    CAST(:gone_on AS date) AS gone_on,
    s.reason,
    s.evidence,
    s.books_kept_at,
    s.insured_on,
    s.paid_years,
    s.drawing_from,
    s.drawing_to,
    :recorded_by_id AS recorded_by_id
FROM resident_spells AS s
WHERE
    s.county_code = :county_code
    AND s.resident_id = :resident_id
    AND s.gone_on IS NOT DISTINCT FROM CAST(:present_gone_on AS date)
    AND (CAST(:gone_on AS date) IS NULL OR s.ended_on > CAST(:gone_on AS date))
    AND s.voided_at IS NULL
