-- A page of the houses of a unit in the order of their numbers: people, who of them owes something of the year, and how
-- much, as `policy.household_tasks.due_fen` says it, by the tier that holds in the year.
-- :county_low, :county_high, :low, :high          the unit
-- :number_from, :number_until                     beginning of the 户号, as a range
-- :unpaid_only                                    houses in arrears alone
-- :after_division, :after_number                  the last house of the page before
-- :year                                           the present year
-- :born_from, :born_after                         first birthday of who still pays, last one of who was 60 at launch
-- :minimum_fen, :severe_grade                     what government pays, and from which grade
-- :helped_severe, :helped_dibao, :helped_wubao, :helped_land    groups for whom it does
-- :maximum                                        houses at most
SELECT
    h.id,
    h.division_code,
    h.number,
    h.village_group,
    m.members,
    m.unpaid,
    m.due_fen
FROM households AS h
INNER JOIN LATERAL (
    SELECT
        count(*) AS members,
        count(*) FILTER (WHERE p.due_fen > 0) AS unpaid,
        coalesce(sum(p.due_fen), 0)::bigint AS due_fen
    FROM residents AS r
    LEFT JOIN LATERAL (
        SELECT
            greatest(
                0,
                CASE
                    WHEN y.tier_fen IS NOT NULL THEN y.tier_fen - y.paid_fen
                    WHEN
                        (:helped_severe AND r.disability_grade BETWEEN 1 AND :severe_grade)
                        OR (:helped_dibao AND r.dibao)
                        OR (:helped_wubao AND r.wubao)
                        OR (:helped_land AND r.land_taken)
                        THEN t.tier_fen - :minimum_fen
                    ELSE t.tier_fen
                END
            ) AS due_fen
        FROM enrolments AS e
        INNER JOIN LATERAL (
            SELECT
                coalesce(
                    (
                        SELECT n.tier_fen
                        FROM enrolment_terms AS n
                        WHERE
                            n.county_code = r.county_code
                            AND n.resident_id = r.id
                            AND n.enrolment_id = e.id
                            AND n.from_year <= :year
                        ORDER BY n.from_year DESC, n.id DESC
                        LIMIT 1
                    ),
                    e.tier_fen
                ) AS tier_fen
        ) AS t ON TRUE
        INNER JOIN LATERAL (
            SELECT
                max(c.tier_fen) AS tier_fen,
                sum(c.amount_fen) AS paid_fen
            FROM contributions AS c
            WHERE
                c.county_code = r.county_code
                AND c.resident_id = r.id
                AND c.contribution_year = :year
                AND c.kind IN ('annual', 'government_paid', 'make_up', 'lump_sum')
                AND c.state = 'posted'
        ) AS y ON TRUE
        WHERE
            e.county_code = r.county_code
            AND e.resident_id = r.id
            AND e.state = 'county_approved'
            AND t.tier_fen > 0
            AND r.status = 'alive'
            AND r.birth_date >= :born_from
            AND r.birth_date > :born_after
    ) AS p ON TRUE
    WHERE r.county_code = h.county_code AND r.household_id = h.id AND r.status <> 'merged'
) AS m ON TRUE
WHERE
    h.county_code BETWEEN :county_low AND :county_high
    AND h.division_code BETWEEN :low AND :high
    AND h.number >= :number_from
    AND h.number < :number_until
    AND (h.county_code, h.division_code, h.number) > (:after_division / 1000000, :after_division, :after_number)
    AND (NOT :unpaid_only OR m.unpaid > 0)
ORDER BY h.county_code, h.division_code, h.number
LIMIT :maximum
