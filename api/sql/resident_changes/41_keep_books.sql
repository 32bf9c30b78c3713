-- What enrolment, contributions and benefit say of the stays of people who leave their village: these rows go with the
-- person, and the village left behind must still be able to say who of its list was insured on a day of the past.
-- Run after 40_keep_stays and before the rows move.
-- :county_code    county
-- :resident_ids   who leaves for another village
WITH leaving AS (
    SELECT unnest(CAST(:resident_ids AS bigint[])) AS resident_id
),

registered AS (
    SELECT
        e.resident_id,
        min(e.insured_on) AS insured_on
    FROM enrolments AS e
    INNER JOIN leaving
        ON e.resident_id = leaving.resident_id
    WHERE e.county_code = :county_code AND e.state = 'county_approved'
    GROUP BY e.resident_id
),

paid AS (
    SELECT
        years.resident_id,
        jsonb_object_agg(years.contribution_year, years.paid_on) AS paid_years
    FROM (
        SELECT
            c.resident_id,
            c.contribution_year,
            min(c.paid_on) AS paid_on
        FROM contributions AS c
        INNER JOIN leaving
            ON c.resident_id = leaving.resident_id
        WHERE
            c.county_code = :county_code
            AND c.kind IN ('annual', 'government_paid', 'lump_sum')
            AND c.state = 'posted'
        GROUP BY c.resident_id, c.contribution_year
    ) AS years
    GROUP BY years.resident_id
),

drawing AS (
    SELECT
        b.resident_id,
        b.start_month AS drawing_from,
        CASE
            WHEN b.state = 'stopped' THEN b.state_on
            ELSE CAST(b.end_month + interval '1 month' AS date)
        END AS drawing_to
    FROM benefits AS b
    INNER JOIN leaving
        ON b.resident_id = leaving.resident_id
    WHERE b.county_code = :county_code AND b.state <> 'pending'
)

UPDATE resident_spells AS s
SET
    books_kept_at = now(),
    insured_on = registered.insured_on,
    paid_years = paid.paid_years,
    drawing_from = drawing.drawing_from,
    drawing_to = drawing.drawing_to
FROM leaving
LEFT JOIN registered
    ON leaving.resident_id = registered.resident_id
LEFT JOIN paid
    ON leaving.resident_id = paid.resident_id
LEFT JOIN drawing
    ON leaving.resident_id = drawing.resident_id
WHERE
    s.county_code = :county_code
    AND s.resident_id = leaving.resident_id
    AND s.books_kept_at IS NULL
