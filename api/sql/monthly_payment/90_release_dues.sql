-- Free the dues of a run that is discarded; the next run pays them. Parameters: county_code, run_id.
UPDATE payment_dues d
SET line_run_id = NULL
FROM payment_lines AS l
WHERE
    l.county_code = :county_code AND l.run_id = :run_id
    AND d.county_code = l.county_code AND d.resident_id = l.resident_id AND d.month = l.month AND d.kind = l.kind
    AND d.line_run_id = :run_id AND d.paid_on IS NULL
