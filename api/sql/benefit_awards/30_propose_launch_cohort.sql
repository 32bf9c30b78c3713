-- Propose awards for everybody in a range of units who was 60 at launch and whose children that must pay have paid
-- (捆绑参保). Children are found in the same house by their relation to its head; the rule is policy.benefits.launch_cohort.
-- Parameters: county_code, low, high, launch_born_by, child_born_after, child_born_by, children_rule, launch_month,
-- first_month, months, basics, couple_words, child_words, parent_words, generation_words, in_law_words, spouse_words,
-- actor_id.
WITH people AS MATERIALIZED (
    SELECT
        r.id AS resident_id,
        r.division_code,
        r.birth_date,
        r.household_id,
        a.interest_through,
        CASE
            WHEN r.relation = ANY(CAST(:couple_words AS text[])) THEN CAST(:child_words AS text[])
            WHEN r.relation = ANY(CAST(:parent_words AS text[])) THEN CAST(:generation_words AS text[])
            WHEN r.relation = ANY(CAST(:in_law_words AS text[])) THEN CAST(:spouse_words AS text[])
        END AS child_words,
        a.personal_fen,
        a.collective_fen,
        a.gov_fen
    FROM residents AS r
    JOIN enrolments AS e ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
    JOIN accounts AS a
        ON r.county_code = a.county_code AND r.id = a.resident_id AND a.state = 'open' AND a.cancels_on IS NULL
    WHERE
        r.county_code = :county_code AND r.division_code BETWEEN :low AND :high
        AND r.birth_date <= :launch_born_by AND r.status = 'alive' AND r.hukou_kind = 'rural'
        AND NOT r.employee_insured AND NOT r.other_pension
        AND NOT EXISTS (
            SELECT 1 FROM awards AS w
            WHERE w.county_code = r.county_code AND w.resident_id = r.id AND w.state IN ('proposed', 'approved')
        )
),

children AS (
    SELECT
        p.resident_id,
        count(*) AS required,
        count(f.paid_on) AS paid,
        max(f.paid_on) AS last_paid_on
    FROM people AS p
    JOIN residents AS c
        ON
            c.county_code = :county_code AND p.household_id = c.household_id AND p.resident_id <> c.id
            AND c.relation = ANY(p.child_words)
    LEFT JOIN LATERAL (
        SELECT greatest(e.insured_on, min(k.paid_on)) AS paid_on
        FROM enrolments AS e
        JOIN contributions AS k
            ON
                e.county_code = k.county_code AND e.resident_id = k.resident_id AND k.state = 'posted'
                AND k.kind IN ('annual', 'government_paid', 'lump_sum')
        WHERE e.county_code = :county_code AND e.resident_id = c.id AND e.state = 'county_approved'
        GROUP BY e.insured_on
    ) AS f ON TRUE
    WHERE
        :children_rule AND c.status = 'alive' AND c.hukou_kind = 'rural' AND NOT c.is_student
        AND NOT c.employee_insured AND NOT c.other_pension AND c.birth_date > :child_born_after AND c.birth_date <= :child_born_by
    GROUP BY p.resident_id
),

judged AS (
    SELECT
        p.*,
        coalesce(c.required, 0) AS required,
        c.last_paid_on,
        CASE
            WHEN c.last_paid_on IS NULL OR date_trunc('month', c.last_paid_on) <= :launch_month THEN :first_month
            ELSE greatest(:first_month, CAST(date_trunc('month', c.last_paid_on) + interval '1 month' AS date))
        END AS start_month
    FROM people AS p
    LEFT JOIN children AS c ON p.resident_id = c.resident_id
    WHERE c.required IS NULL OR c.paid = c.required
)

INSERT INTO awards (
    county_code, id, resident_id, division_code, basis, state, start_month, settled_on, required_years,
    paid_years, personal_fen, collective_fen, gov_fen, account_pension_fen, basic_pension_fen, breakdown,
    proposed_by_id
)
SELECT
    :county_code,
    :county_code * 10000000000 + nextval('serials'),
    j.resident_id,
    j.division_code,
    'launch_cohort',
    'proposed',
    j.start_month,
    NULL,
    0,
    0,
    0,
    0,
    0,
    0,
    m.basic_fen,
    jsonb_build_object(
        'birth_date', j.birth_date, 'interest_through', j.interest_through, 'children_required', j.required,
        'last_paid_on', j.last_paid_on,
        'interest', jsonb_build_object('personal_fen', 0, 'collective_fen', 0, 'gov_fen', 0)
    ),
    :actor_id
FROM judged AS j
JOIN unnest(CAST(:months AS date[]), CAST(:basics AS bigint[])) AS m (month, basic_fen) ON j.start_month = m.month
WHERE j.personal_fen = 0 AND j.collective_fen = 0 AND j.gov_fen = 0
ORDER BY j.resident_id
ON CONFLICT (county_code, resident_id) WHERE state IN ('proposed', 'approved') DO NOTHING
