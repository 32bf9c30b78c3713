-- title: 名单已入账各行与缴费记录逐笔相同
SELECT
    coalesce(l.county_code, c.county_code) AS county_code,
    coalesce(l.list_id, c.payer_list_id) AS list_id,
    l.line_no,
    c.id AS contribution_id,
    l.amount_fen AS line_fen,
    c.amount_fen AS contribution_fen
FROM (
    SELECT * FROM payer_list_lines
    WHERE contribution_id IS NOT NULL
) AS l
FULL JOIN (
    SELECT * FROM contributions
    WHERE payer_list_id <> 0
) AS c
    ON l.county_code = c.county_code AND l.contribution_id = c.id
WHERE
    l.line_no IS NULL OR c.id IS NULL OR l.list_id <> c.payer_list_id OR l.resident_id <> c.resident_id
    OR l.amount_fen <> c.amount_fen OR (l.state = 'posted') <> (c.state = 'posted')
