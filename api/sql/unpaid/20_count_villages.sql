-- How many of a unit's people may pay for a year, and how far they are, by village.
-- :county_low, :county_high, :low, :high  the unit
-- :year                                   contribution year
-- :benefit_age, :launch_on                who is past paying
SELECT
    r.division_code,
    count(*) AS payer_count,
    count(*) FILTER (WHERE p.paid_fen IS NULL) AS never_paid,
    count(*) FILTER (WHERE p.paid_fen < coalesce(p.tier_fen, t.tier_fen, e.tier_fen)) AS instalments_open,
    coalesce(sum(greatest(coalesce(p.tier_fen, t.tier_fen, e.tier_fen) - coalesce(p.paid_fen, 0), 0)), 0) AS due_fen
FROM residents AS r
INNER JOIN enrolments AS e
    ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
INNER JOIN accounts AS a ON r.county_code = a.county_code AND r.id = a.resident_id AND a.state = 'open' AND a.cancels_on IS NULL
LEFT JOIN LATERAL (
    SELECT terms.tier_fen
    FROM enrolment_terms AS terms
    WHERE terms.county_code = e.county_code AND terms.enrolment_id = e.id AND terms.from_year <= :year
    ORDER BY terms.from_year DESC, terms.id DESC
    LIMIT 1
) AS t ON TRUE
LEFT JOIN LATERAL (
    SELECT
        max(c.tier_fen) AS tier_fen,
        sum(c.amount_fen) AS paid_fen
    FROM contributions AS c
    WHERE
        c.county_code = r.county_code AND c.resident_id = r.id AND c.contribution_year = :year
        AND c.kind IN ('annual', 'make_up', 'government_paid', 'lump_sum') AND c.state = 'posted'
) AS p ON TRUE
WHERE
    r.county_code BETWEEN :county_low AND :county_high
    AND r.division_code BETWEEN :low AND :high
    AND r.status = 'alive'
    AND extract(YEAR FROM e.insured_on) <= :year
    AND r.birth_date + make_interval(years => :benefit_age) > :launch_on
    AND extract(YEAR FROM r.birth_date) + :benefit_age >= :year
    AND coalesce(p.tier_fen, t.tier_fen, e.tier_fen) > 0
GROUP BY r.division_code
ORDER BY r.division_code
