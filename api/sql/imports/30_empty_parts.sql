-- The clean-up: stored files whose import ended before the day, overwritten with nothing. Counts and findings stay.
-- Runs as the wide role over the whole installation.
-- :before  moment before which the import must have ended
WITH chosen AS (
    SELECT
        county_code,
        id
    FROM imports
    WHERE
        job_id IS NOT NULL
        AND emptied_at IS NULL
        AND ended_at < :before
        AND state IN ('applied', 'cancelled', 'failed')
),

emptied AS (
    UPDATE import_parts AS p
    SET content = ''::bytea
    FROM chosen
    WHERE
        p.county_code = chosen.county_code
        AND p.import_id = chosen.id
        AND p.content <> ''::bytea
)

UPDATE imports AS i
SET emptied_at = now()
FROM chosen
WHERE
    i.county_code = chosen.county_code
    AND i.id = chosen.id
RETURNING i.id
