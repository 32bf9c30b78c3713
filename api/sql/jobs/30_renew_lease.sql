-- A longer lease for a job that is being worked on; no row comes back when it is no longer ours.
-- :county_code, :id  the job
-- :fence             number under which it was taken
-- :seconds           length of the lease from now
UPDATE jobs
SET lease_until = now() + make_interval(secs => :seconds)
WHERE
    county_code = :county_code
    AND id = :id
    AND fence = :fence
    AND state = 'running'
RETURNING cancel_requested
