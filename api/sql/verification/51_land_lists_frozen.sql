-- title: 已批准的征地名单与其内容摘要一致(批准的就是现有的)
SELECT
    p.county_code,
    p.id AS project_id
FROM land_projects AS p
LEFT JOIN land_persons AS l ON p.county_code = l.county_code AND p.id = l.project_id AND l.until_round IS NULL
WHERE p.state = 'approved'
GROUP BY p.county_code, p.id, p.list_hash
HAVING
    p.list_hash <> encode(
        sha256(
            convert_to(
                concat_ws(
                    chr(10),
                    p.id::text,
                    string_agg(l.resident_id::text || '|' || l.sum_fen::text, chr(10) ORDER BY l.resident_id)
                ),
                'UTF8'
            )
        ),
        'hex'
    )
