-- title: 同一人同类情况的起止时间不重叠，正在持续的情况记在本人所在的村
SELECT
    spans.county_code,
    spans.resident_id,
    spans.kind,
    spans.id AS fact_id
FROM (
    SELECT
        f.county_code,
        f.resident_id,
        f.division_code,
        f.kind,
        f.id,
        f.begins_on,
        f.ended_on,
        max(coalesce(f.ended_on, 'infinity')) OVER (
            PARTITION BY f.county_code, f.resident_id, f.kind
            ORDER BY f.begins_on NULLS FIRST, f.ended_on NULLS LAST, f.id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before
    FROM resident_facts AS f
    WHERE f.voided_at IS NULL AND f.begins_on IS DISTINCT FROM f.ended_on
) AS spans
LEFT JOIN residents AS r
    ON spans.county_code = r.county_code AND spans.resident_id = r.id
WHERE
    spans.ended_before > coalesce(spans.begins_on, '-infinity')
    OR (spans.ended_on IS NULL AND spans.division_code IS DISTINCT FROM r.division_code)
