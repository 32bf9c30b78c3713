-- title: 每份材料都有内容和本人，所在村与本人一致
SELECT
    a.county_code,
    a.id AS attachment_id,
    a.resident_id
FROM attachments AS a
LEFT JOIN residents AS r ON a.county_code = r.county_code AND a.resident_id = r.id
LEFT JOIN attachment_contents AS c ON a.county_code = c.county_code AND a.id = c.attachment_id
WHERE
    c.attachment_id IS NULL
    OR r.id IS NULL
    OR a.division_code <> r.division_code
    OR c.division_code <> r.division_code
    OR EXISTS (
        SELECT 1
        FROM attachment_subjects AS s
        WHERE s.county_code = a.county_code AND s.attachment_id = a.id AND s.division_code <> r.division_code
    )
