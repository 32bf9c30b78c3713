-- title: 补助(资助)名单由制单、到账确认、复核三人办理，总额等于各行之和
SELECT
    p.county_code,
    p.id AS list_id,
    p.state,
    p.maker_id,
    p.confirmed_by_id,
    p.checker_id
FROM payer_lists AS p
LEFT JOIN (
    SELECT
        county_code,
        list_id,
        count(*) AS line_count,
        sum(amount_fen) AS total_fen
    FROM payer_list_lines
    GROUP BY county_code, list_id
) AS l ON p.county_code = l.county_code AND p.id = l.list_id
WHERE
    p.line_count <> coalesce(l.line_count, 0) OR p.total_fen <> coalesce(l.total_fen, 0)
    OR p.confirmed_by_id IN (p.maker_id, 1) OR p.checker_id IN (p.maker_id, p.confirmed_by_id, 1)
    OR (p.state IN ('received', 'posted', 'reversed') AND p.confirmed_by_id IS NULL)
    OR (p.state IN ('posted', 'rejected', 'reversed') AND p.checker_id IS NULL)
