-- Insured people whose year is not complete, by village, group and house.
-- :county_low, :county_high, :low, :high  the unit
-- :year                                   contribution year
-- :benefit_age, :launch_on                who is past paying
-- :after_division, :after_group, :after_house, :after_id, :row_limit  the page
SELECT
    r.id AS resident_id,
    r.name,
    r.division_code,
    coalesce(r.village_group, '') AS village_group,
    coalesce(h.number, '') AS household_number,
    r.phone_sealed,
    coalesce(p.tier_fen, t.tier_fen, e.tier_fen) AS tier_fen,
    coalesce(t.rhythm, e.rhythm) AS rhythm,
    coalesce(p.paid_fen, 0) AS paid_fen,
    CASE
        WHEN b.reason IS NOT NULL THEN 'bank_refused' WHEN p.paid_fen IS NULL THEN 'never_paid' ELSE 'instalments_open'
    END AS reason,
    coalesce(b.reason, '') AS bank_reason
FROM residents AS r
INNER JOIN enrolments AS e
    ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
INNER JOIN accounts AS a ON r.county_code = a.county_code AND r.id = a.resident_id AND a.state = 'open' AND a.cancels_on IS NULL
LEFT JOIN households AS h ON r.county_code = h.county_code AND r.household_id = h.id
LEFT JOIN LATERAL (
    SELECT
        terms.tier_fen,
        terms.rhythm
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
-- What the bank said of the last deduction that it has answered, if it refused it and nothing has been paid since.
LEFT JOIN LATERAL (
    SELECT CASE WHEN o.result = 'failed' THEN coalesce(o.reason, '') END AS reason
    FROM collection_lines AS l
    INNER JOIN collection_outcomes AS o
        ON l.county_code = o.county_code AND l.batch_id = o.batch_id AND l.seq = o.seq
    WHERE
        l.county_code = r.county_code AND l.resident_id = r.id AND l.contribution_year = :year
        AND NOT EXISTS (
            SELECT 1
            FROM contributions AS s
            WHERE
                s.county_code = l.county_code AND s.resident_id = l.resident_id AND s.contribution_year = :year
                AND s.kind IN ('annual', 'make_up', 'government_paid', 'lump_sum') AND s.state = 'posted'
                AND s.instalment IN (0, l.instalment)
        )
    ORDER BY l.batch_id DESC
    LIMIT 1
) AS b ON TRUE
WHERE
    r.county_code BETWEEN :county_low AND :county_high
    AND r.division_code BETWEEN :low AND :high
    AND r.status = 'alive'
    AND extract(YEAR FROM e.insured_on) <= :year
    AND r.birth_date + make_interval(years => :benefit_age) > :launch_on
    AND extract(YEAR FROM r.birth_date) + :benefit_age >= :year
    AND coalesce(p.tier_fen, t.tier_fen, e.tier_fen) > coalesce(p.paid_fen, 0)
    AND (r.division_code, coalesce(r.village_group, ''), coalesce(h.number, ''), r.id)
    > (:after_division, :after_group, :after_house, :after_id)
ORDER BY r.division_code, coalesce(r.village_group, ''), coalesce(h.number, ''), r.id
LIMIT :row_limit
