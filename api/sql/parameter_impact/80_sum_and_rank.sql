-- Sums of `affected` (one of the lists before) by village, and the persons whose amounts change most.
-- :most  how many persons
SELECT
    a.division_code,
    CAST(NULL AS bigint) AS resident_id,
    CAST(NULL AS text) AS name,
    count(*) AS person_count,
    count(*) FILTER (WHERE a.before_fen <> a.after_fen) AS changed_count,
    CAST(sum(a.unit_count) AS bigint) AS unit_count,
    CAST(sum(a.before_fen) AS bigint) AS before_fen,
    CAST(sum(a.after_fen) AS bigint) AS after_fen
FROM affected AS a
GROUP BY a.division_code
UNION ALL
SELECT
    l.division_code,
    l.resident_id,
    r.name,
    1 AS person_count,
    1 AS changed_count,
    l.unit_count,
    l.before_fen,
    l.after_fen
FROM (
    SELECT *
    FROM affected AS a
    WHERE a.before_fen <> a.after_fen
    ORDER BY abs(a.after_fen - a.before_fen) DESC, a.resident_id ASC
    LIMIT :most
) AS l
JOIN residents AS r ON l.county_code = r.county_code AND l.resident_id = r.id
