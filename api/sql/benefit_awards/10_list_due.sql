-- Who is due: those who reach 60 between two birth dates, or who were 60 at launch (born_from far in the past), with
-- the years that count, the balance, and what stands in the way of an award.
-- Parameters: county_code, low, high, born_from, born_to, required_years, rural_only (whether the hukou
-- test of the month takes rural people alone), after_id, row_limit.
SELECT
    r.id AS resident_id,
    r.name,
    r.division_code,
    r.birth_date,
    :required_years AS required_years,
    coalesce(y.paid_years, 0) AS paid_years,
    greatest(:required_years - coalesce(y.paid_years, 0), 0) AS missing_years,
    coalesce(a.personal_fen + a.collective_fen + a.gov_fen, 0) AS balance_fen,
    CASE
        WHEN w.id IS NOT NULL THEN w.state
        WHEN r.employee_insured OR r.other_pension THEN 'other_pension'
        WHEN e.id IS NULL THEN 'not_enrolled'
        WHEN coalesce(y.paid_years, 0) < :required_years THEN 'years_lacking'
        ELSE 'due'
    END AS situation
FROM residents AS r
LEFT JOIN awards AS w
    ON r.county_code = w.county_code AND r.id = w.resident_id AND w.state IN ('proposed', 'approved')
LEFT JOIN enrolments AS e
    ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
LEFT JOIN accounts AS a ON r.county_code = a.county_code AND r.id = a.resident_id
LEFT JOIN LATERAL (
    SELECT count(*) AS paid_years
    FROM (
        SELECT c.contribution_year
        FROM contributions AS c
        WHERE
            c.county_code = r.county_code AND c.resident_id = r.id AND c.state = 'posted'
            AND c.kind IN ('annual', 'make_up', 'government_paid', 'lump_sum')
        GROUP BY c.contribution_year
        HAVING sum(c.amount_fen) >= max(c.tier_fen)
    ) AS counted
) AS y ON TRUE
WHERE
    r.county_code = :county_code AND r.division_code BETWEEN :low AND :high
    AND r.birth_date BETWEEN :born_from AND :born_to AND r.status = 'alive'
    AND (r.hukou_kind = 'rural' OR NOT :rural_only)
    AND r.id > :after_id
ORDER BY r.id
LIMIT :row_limit
