-- Everybody whom a fact of the day names for 政府代缴, with what stands in the way; the order of the reasons is the law's:
-- who cannot be in the scheme at all, who may not pay, who has no account to pay into, who is paid for already.
-- :county_code, :run_id                run
-- :low, :high                          stretch of villages that live under one law
-- :on_day, :year                       day of payment, and the year it is for
-- :severe                              whether severe disability is a group of the parameter
-- :severe_grades                       grades that are severe, as text
-- :kinds                               other kinds of facts that are groups
-- :launch_on, :benefit_age, :enrolment_age  the law
-- :tier_fen, :subsidy_fen              what government pays, and adds at once
-- :waiting_subsidy_fen                 what it adds once its money has arrived
WITH named AS (
    SELECT
        f.resident_id,
        string_agg(
            CASE WHEN f.kind = 'disability' THEN f.kind || f.value ELSE f.kind END, ',' ORDER BY f.kind
        ) AS names
    FROM resident_facts AS f
    WHERE
        f.county_code = :county_code AND f.division_code BETWEEN :low AND :high
        AND f.voided_at IS NULL
        AND (f.begins_on IS NULL OR f.begins_on <= :on_day)
        AND (f.ended_on IS NULL OR f.ended_on > :on_day)
        AND (
            (:severe AND f.kind = 'disability' AND f.value = ANY(CAST(:severe_grades AS text[])))
            OR f.kind = ANY(CAST(:kinds AS text[]))
        )
    GROUP BY f.resident_id
),

judged AS (
    SELECT
        r.id AS resident_id,
        r.division_code,
        n.names,
        CASE
            WHEN r.status <> 'alive' AND (r.status_on IS NULL OR r.status_on < :on_day) THEN 'gone'
            WHEN
                r.birth_date + make_interval(years => :benefit_age) <= :launch_on
                OR :year > extract(YEAR FROM r.birth_date) + :benefit_age THEN 'over_age'
            WHEN r.birth_date + make_interval(years => :enrolment_age) > :on_day THEN 'too_young'
            WHEN e.id IS NULL OR a.resident_id IS NULL THEN 'not_insured'
            WHEN a.state <> 'open' THEN 'account_not_open'
            WHEN a.cancels_on < :on_day THEN 'cancelling'
            WHEN extract(YEAR FROM a.opened_on) > :year THEN 'period_closed'
            WHEN
                EXISTS (
                    SELECT 1
                    FROM contributions AS c
                    WHERE
                        c.county_code = r.county_code AND c.resident_id = r.id AND c.contribution_year = :year
                        AND c.kind IN ('annual', 'make_up', 'government_paid', 'lump_sum') AND c.state = 'posted'
                ) THEN 'already_paid'
            WHEN
                EXISTS (
                    SELECT 1
                    FROM collection_lines AS l
                    INNER JOIN collection_batches AS b ON l.county_code = b.county_code AND l.batch_id = b.id
                    LEFT JOIN collection_outcomes AS o
                        ON l.county_code = o.county_code AND l.batch_id = o.batch_id AND l.seq = o.seq
                    WHERE
                        l.county_code = r.county_code AND l.resident_id = r.id AND l.contribution_year = :year
                        AND b.state IN ('sent', 'posted') AND o.seq IS NULL
                ) THEN 'deducting'
            WHEN coalesce(t.tier_fen, e.tier_fen) > :tier_fen THEN 'higher_tier'
            ELSE 'pay'
        END AS outcome
    FROM named AS n
    INNER JOIN residents AS r ON r.county_code = :county_code AND n.resident_id = r.id AND r.status <> 'merged'
    LEFT JOIN enrolments AS e
        ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
    LEFT JOIN LATERAL (
        SELECT terms.tier_fen
        FROM enrolment_terms AS terms
        WHERE terms.county_code = e.county_code AND terms.enrolment_id = e.id AND terms.from_year <= :year
        ORDER BY terms.from_year DESC, terms.id DESC
        LIMIT 1
    ) AS t ON TRUE
    LEFT JOIN accounts AS a ON r.county_code = a.county_code AND r.id = a.resident_id
)

INSERT INTO government_paid_lines (
    county_code, run_id, resident_id, division_code, outcome, groups, tier_fen, subsidy_fen, waiting_subsidy_fen
)
SELECT
    :county_code,
    :run_id,
    j.resident_id,
    j.division_code,
    j.outcome,
    j.names,
    CASE WHEN j.outcome = 'pay' THEN :tier_fen ELSE 0 END,
    CASE WHEN j.outcome = 'pay' THEN :subsidy_fen ELSE 0 END,
    CASE WHEN j.outcome = 'pay' THEN :waiting_subsidy_fen ELSE 0 END
FROM judged AS j
ORDER BY j.resident_id
