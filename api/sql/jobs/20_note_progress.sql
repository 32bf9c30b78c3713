-- Progress of the work, in its own transaction: no row comes back when another worker has taken the job meanwhile, and
-- then the work must be undone.
-- :county_code, :id  the job
-- :fence             number under which it was taken
-- :phase             what is being done
-- :done, :total      how far; total is NULL while it is not known
-- :seconds           length of the lease from now
UPDATE jobs
SET
    phase = :phase,
    done_count = :done,
    total_count = CAST(:total AS bigint),
    attempts = 0,
    lease_until = now() + make_interval(secs => :seconds),
    version = version + 1
WHERE
    county_code = :county_code
    AND id = :id
    AND fence = :fence
    AND state = 'running'
RETURNING cancel_requested
