-- Changes of the person's row: the names of the fields that differ from the next version, or the new status.
-- :county_code, :resident_id  the person
SELECT
    CASE
        WHEN v.before -> 'status' <> v.after -> 'status' THEN (v.after ->> 'status_on')::date
        ELSE (v.replaced_at AT TIME ZONE 'Asia/Shanghai')::date
    END AS on_day,
    v.replaced_at AS at,
    CASE
        WHEN v.before -> 'status' <> v.after -> 'status' THEN 'resident_status'
        ELSE 'resident_changed'
    END AS kind,
    v.version AS ref,
    v.after ->> 'status' AS word,
    (
        SELECT string_agg(o.key, ',' ORDER BY o.key)
        FROM jsonb_each(v.before) AS o
        WHERE o.value IS DISTINCT FROM v.after -> o.key
    ) AS detail,
    NULL::bigint AS amount_fen,
    v.replaced_by_id AS actor_id,
    NULL::text AS subject_kind,
    NULL::bigint AS subject_id
FROM (
    SELECT
        k.replaced_at,
        k.replaced_by_id,
        k.version,
        k.row AS before,
        coalesce(n.row, to_jsonb(r)) AS after
    FROM resident_versions AS k
    INNER JOIN residents AS r ON k.county_code = r.county_code AND k.resident_id = r.id
    LEFT JOIN resident_versions AS n
        ON k.county_code = n.county_code AND k.resident_id = n.resident_id AND n.version = k.version + 1
    WHERE k.county_code = :county_code AND k.resident_id = :resident_id
) AS v
