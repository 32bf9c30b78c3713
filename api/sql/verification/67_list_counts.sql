-- title: 部门名单的各项人数等于其各行之和
SELECT
    l.county_code,
    l.id AS list_id,
    l.chosen_count,
    l.applied_count,
    l.stale_count,
    c.chosen,
    c.applied,
    c.stale
FROM department_lists AS l
LEFT JOIN (
    SELECT
        county_code,
        list_id,
        sum(chosen) AS chosen,
        sum(applied) AS applied,
        sum(stale) AS stale,
        sum(in_file) AS in_file,
        jsonb_object_agg(outcome, heads) AS counts
    FROM (
        SELECT
            county_code,
            list_id,
            outcome,
            count(*) AS heads,
            count(*) FILTER (WHERE is_chosen) AS chosen,
            count(applied_at) AS applied,
            count(refusal) AS stale,
            count(file_row) AS in_file
        FROM department_list_rows
        GROUP BY county_code, list_id, outcome
    ) AS counted
    GROUP BY county_code, list_id
) AS c ON l.county_code = c.county_code AND l.id = c.list_id
WHERE
    l.chosen_count <> coalesce(c.chosen, 0)
    OR l.applied_count <> coalesce(c.applied, 0)
    OR l.stale_count <> coalesce(c.stale, 0)
    OR l.counts <> coalesce(c.counts, '{}')
    OR l.row_count <> l.refused_count + coalesce(c.in_file, 0)
