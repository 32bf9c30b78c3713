-- title: 各段居住经历前后相接不重叠，且都早于现居住期
SELECT
    stays.county_code,
    stays.resident_id,
    stays.id AS spell_id
FROM (
    SELECT
        s.county_code,
        s.resident_id,
        s.id,
        s.begins_on,
        s.ended_on,
        max(s.ended_on) OVER (
            PARTITION BY s.county_code, s.resident_id
            ORDER BY s.ended_on, s.id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before
    FROM resident_spells AS s
    WHERE s.voided_at IS NULL
) AS stays
LEFT JOIN residents AS r
    ON stays.county_code = r.county_code AND stays.resident_id = r.id
WHERE
    stays.ended_before > coalesce(stays.begins_on, '-infinity')
    OR r.here_since IS NULL
    OR stays.ended_on > r.here_since
