-- Changed people of the chunk whose village or hukou kind becomes another: their present stay ends on the day of the file,
-- or on its own first day where that is later. The hukou kind of the dead is a correction and no change.
-- :county_code  county of the import
-- :as_of        day of the file
SELECT
    r.id AS resident_id,
    s.division_code,
    greatest(CAST(:as_of AS date), r.here_since) AS on_day,
    s.division_code <> r.division_code AS changes_village
FROM staged_residents AS s
INNER JOIN residents AS r
    ON s.resident_id = r.id
WHERE
    r.county_code = :county_code
    AND (
        s.division_code <> r.division_code
        OR (r.status = 'alive' AND coalesce(s.hukou_kind, r.hukou_kind) <> r.hukou_kind)
    )
ORDER BY r.id
