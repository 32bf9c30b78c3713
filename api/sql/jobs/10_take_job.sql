-- Take the oldest job that waits, or whose holder has let its lease run out. Whoever looks at the same moment takes
-- another one. Runs as the wide role: a worker serves all counties.
-- :kinds    kinds of jobs that the worker can do
-- :seconds  length of the lease
UPDATE jobs AS j
SET
    state = 'running',
    fence = j.fence + 1,
    attempts = j.attempts + 1,
    lease_until = now() + make_interval(secs => :seconds),
    version = j.version + 1
FROM (
    SELECT
        county_code,
        id
    FROM jobs
    WHERE
        kind = any(:kinds)
        AND (state = 'queued' OR (state = 'running' AND lease_until < now()))
    ORDER BY created_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
) AS chosen
WHERE
    j.county_code = chosen.county_code
    AND j.id = chosen.id
RETURNING j.county_code, j.id, j.division_code, j.kind, j.subject_id, j.fence, j.attempts, j.made_by_id, j.made_by_client
