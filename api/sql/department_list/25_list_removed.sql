-- Of a complete list: who of the unit holds the fact and is not named by any row, by whatever number or name.
-- :county_code   county of the list
-- :low, :high    unit of the list
-- :fact_kind     kind of fact that the list is about
-- :as_of         day of the list: who came to hold the fact later may well not be on it
INSERT INTO compared_rows (
    seq, name, id_token, birth_date, value, is_by_hand, outcome, effect, resident_id, resident_version, held_value,
    held_on, fact_id
)
SELECT
    (SELECT coalesce(max(seq), 0) FROM compared_rows) + row_number() OVER (ORDER BY r.id),
    r.name,
    r.id_token,
    r.birth_date,
    f.value,
    false,
    'removed',
    'end',
    r.id AS resident_id,
    r.version,
    f.value AS held_value,
    f.begins_on,
    f.id AS fact_id
FROM resident_facts AS f
INNER JOIN residents AS r ON f.county_code = r.county_code AND f.resident_id = r.id
WHERE
    f.county_code = :county_code
    AND f.division_code BETWEEN :low AND :high
    AND f.kind = :fact_kind
    AND f.ended_on IS NULL
    AND f.voided_at IS NULL
    AND (f.begins_on IS NULL OR f.begins_on <= :as_of)
    AND r.division_code BETWEEN :low AND :high
    AND r.status = 'alive'
    AND NOT EXISTS (
        SELECT FROM compared_rows AS c
        WHERE c.resident_id = r.id
    )
