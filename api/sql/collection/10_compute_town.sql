-- Everybody insured of one town, judged once: who is asked for what, who is left out and why. Lines and exceptions are
-- inserted, and the number of people by verdict comes back. Amounts are never computed here: `prices` is the law's own
-- price list (services/collection_prices.py), one row for each tier, rhythm and instalment, completing the year or not.
--
-- people   approved enrolments with the terms of the year, the account and the facts that the law asks for
-- paid     what stands for the year, by person; held: a line of another batch that is not final
-- judged   the first reason that applies, in the order in which contribution_rules.judge and contributions.record refuse
-- Parameters: county_code, batch_id, town_low, town_high, contribution_year, today, born_by, born_after, first_birth_year,
-- begun_quarters, begun_months, rhythms, severe_grade, pays_severe, pays_dibao, pays_wubao, pays_land, minimum_fen,
-- base_seq, year_kinds, listed, kinds, tiers, price_rhythms, instalments, completes, amounts, government_paid, subsidies, waiting.
WITH prices AS MATERIALIZED (
    SELECT
        p.kind,
        p.tier_fen,
        p.rhythm,
        p.instalment,
        p.completes,
        p.amount_fen,
        p.government_paid_fen,
        p.subsidy_fen,
        p.waiting_subsidy_fen
    FROM
        unnest(
            CAST(:kinds AS text[]), CAST(:tiers AS bigint[]), CAST(:price_rhythms AS text[]),
            CAST(:instalments AS smallint[]), CAST(:completes AS boolean[]), CAST(:amounts AS bigint[]),
            CAST(:government_paid AS bigint[]), CAST(:subsidies AS bigint[]), CAST(:waiting AS bigint[])
        ) AS p (
            kind, tier_fen, rhythm, instalment, completes, amount_fen, government_paid_fen, subsidy_fen,
            waiting_subsidy_fen
        )
),

terms AS MATERIALIZED (
    SELECT DISTINCT ON (t.enrolment_id)
        t.enrolment_id,
        t.tier_fen,
        t.rhythm
    FROM enrolment_terms AS t
    WHERE
        t.county_code = :county_code AND t.division_code BETWEEN :town_low AND :town_high
        AND t.from_year <= :contribution_year
    ORDER BY t.enrolment_id ASC, t.from_year DESC, t.id DESC
),

people AS MATERIALIZED (
    SELECT
        e.resident_id,
        r.division_code,
        r.name,
        r.id_token,
        r.bank_account_sealed,
        r.bank_account_index,
        r.birth_date,
        r.status,
        a.state AS account_state,
        a.opened_on,
        a.interest_through,
        a.cancels_on,
        coalesce(t.tier_fen, e.tier_fen) AS tier_fen,
        coalesce(t.rhythm, e.rhythm) AS rhythm,
        (:pays_severe AND coalesce(r.disability_grade BETWEEN 1 AND :severe_grade, FALSE))
        OR (:pays_dibao AND r.dibao) OR (:pays_wubao AND r.wubao) OR (:pays_land AND r.land_taken) AS is_helped
    FROM enrolments AS e
    JOIN residents AS r ON e.county_code = r.county_code AND e.resident_id = r.id
    JOIN accounts AS a ON e.county_code = a.county_code AND e.resident_id = a.resident_id
    LEFT JOIN terms AS t ON e.id = t.enrolment_id
    WHERE
        e.county_code = :county_code AND e.division_code BETWEEN :town_low AND :town_high
        AND e.state = 'county_approved'
        AND r.county_code = :county_code AND r.division_code BETWEEN :town_low AND :town_high
        AND a.county_code = :county_code AND a.division_code BETWEEN :town_low AND :town_high
),

paid AS MATERIALIZED (
    SELECT
        c.resident_id,
        bool_or(c.instalment = 0) AS is_whole,
        count(*) AS payments,
        array_agg(CAST(c.instalment AS integer)) AS instalments,
        min(c.tier_fen) AS tier_fen,
        -- A quarter of a tier is more than an eighth of it, a twelfth is less.
        CASE WHEN (array_agg(c.amount_fen * 8 > c.tier_fen))[1] THEN 'quarterly' ELSE 'monthly' END AS rhythm
    FROM contributions AS c
    WHERE
        c.county_code = :county_code AND c.contribution_year = :contribution_year AND c.state = 'posted'
        AND c.kind = ANY(CAST(:year_kinds AS text[]))
        AND c.resident_id = ANY(ARRAY(SELECT resident_id FROM people))
    GROUP BY c.resident_id
),

held AS MATERIALIZED (
    SELECT DISTINCT l.resident_id
    FROM collection_lines AS l
    JOIN collection_batches AS b ON l.county_code = b.county_code AND l.batch_id = b.id
    LEFT JOIN collection_outcomes AS o ON l.county_code = o.county_code AND l.batch_id = o.batch_id AND l.seq = o.seq
    WHERE
        l.county_code = :county_code AND l.contribution_year = :contribution_year
        AND l.resident_id = ANY(ARRAY(SELECT resident_id FROM people))
        AND b.id <> :batch_id AND b.state IN ('computed', 'approved', 'sent', 'posted') AND o.seq IS NULL
),

next_due AS MATERIALIZED (
    SELECT
        p.*,
        coalesce(d.is_whole, FALSE) AS is_whole,
        coalesce(d.payments, 0) AS paid_before,
        d.tier_fen AS paid_tier_fen,
        d.rhythm AS paid_rhythm,
        h.resident_id IS NOT NULL AS is_held,
        CASE
            WHEN p.is_helped THEN 0
            WHEN p.rhythm = 'yearly' THEN 0
            ELSE (
                SELECT min(k.number)
                FROM generate_series(1, CASE WHEN p.rhythm = 'quarterly' THEN 4 ELSE 12 END) AS k (number)
                WHERE NOT k.number = ANY(coalesce(d.instalments, CAST('{}' AS integer[])))
            )
        END AS instalment
    FROM people AS p
    LEFT JOIN paid AS d ON p.resident_id = d.resident_id
    LEFT JOIN held AS h ON p.resident_id = h.resident_id
),

priced AS MATERIALIZED (
    SELECT
        n.*,
        i.kind,
        i.amount_fen,
        i.government_paid_fen,
        i.subsidy_fen,
        i.waiting_subsidy_fen
    FROM next_due AS n
    LEFT JOIN prices AS i
        ON
            n.tier_fen = i.tier_fen AND n.instalment = i.instalment
            AND CASE WHEN n.is_helped THEN 'government_paid' ELSE 'annual' END = i.kind
            AND CASE WHEN n.is_helped THEN 'yearly' ELSE n.rhythm END = i.rhythm
            AND i.completes = (
                n.paid_before + 1
                = CASE WHEN n.is_helped OR n.rhythm = 'yearly' THEN 1 WHEN n.rhythm = 'quarterly' THEN 4 ELSE 12 END
            )
),

judged AS MATERIALIZED (
    SELECT
        p.*,
        CASE
            WHEN p.status <> 'alive' THEN 'gone'
            WHEN p.account_state = 'drawing' THEN 'drawing'
            WHEN p.account_state <> 'open' THEN 'account_closed'
            WHEN p.birth_date > :born_by THEN 'too_young'
            WHEN p.birth_date <= :born_after OR extract(YEAR FROM p.birth_date) < :first_birth_year THEN 'past_paying_age'
            WHEN p.is_whole OR p.instalment IS NULL THEN 'paid'
            WHEN p.cancels_on < :today THEN 'cancellation'
            WHEN p.interest_through >= :today OR extract(YEAR FROM p.opened_on) > extract(YEAR FROM CAST(:today AS date))
                THEN 'period_closed'
            WHEN p.is_helped AND p.tier_fen <= :minimum_fen THEN 'government_paid'
            WHEN p.paid_before > 0 AND p.paid_tier_fen <> p.tier_fen THEN 'tier_differs'
            WHEN p.paid_before > 0 AND (p.is_helped OR p.paid_rhythm <> p.rhythm) THEN 'rhythm_differs'
            WHEN p.amount_fen IS NULL THEN 'tier_not_offered'
            WHEN NOT CASE WHEN p.is_helped THEN 'yearly' ELSE p.rhythm END = ANY(CAST(:rhythms AS text[])) THEN 'other_rhythm'
            WHEN p.rhythm = 'quarterly' AND p.instalment > :begun_quarters THEN 'not_due'
            WHEN p.rhythm = 'monthly' AND p.instalment > :begun_months THEN 'not_due'
            WHEN p.is_held THEN 'in_other_batch'
            WHEN p.bank_account_sealed IS NULL THEN 'no_bank_account'
            ELSE 'due'
        END AS verdict
    FROM priced AS p
),

lines AS (
    INSERT INTO collection_lines (
        county_code, batch_id, seq, resident_id, division_code, contribution_year, kind, instalment, paid_before, tier_fen,
        amount_fen, government_paid_fen, subsidy_fen, waiting_subsidy_fen, name, id_token, bank_account_sealed,
        bank_account_index
    )
    SELECT
        :county_code,
        :batch_id,
        :base_seq + row_number() OVER (ORDER BY division_code, resident_id),
        resident_id,
        division_code,
        :contribution_year,
        kind,
        instalment,
        paid_before,
        tier_fen,
        amount_fen,
        government_paid_fen,
        subsidy_fen,
        waiting_subsidy_fen,
        name,
        id_token,
        bank_account_sealed,
        bank_account_index
    FROM judged
    WHERE verdict = 'due'
    ORDER BY division_code, resident_id
    RETURNING 1
),

exceptions AS (
    INSERT INTO collection_exceptions (county_code, batch_id, resident_id, code, division_code, withheld)
    SELECT
        :county_code,
        :batch_id,
        resident_id,
        verdict,
        division_code,
        TRUE
    FROM judged
    -- Who owes nothing is counted; who could pay if somebody saw to it is listed.
    WHERE verdict = ANY(CAST(:listed AS text[]))
    RETURNING 1
)

SELECT
    verdict,
    count(*) AS people,
    CAST(coalesce(sum(amount_fen), 0) AS bigint) AS amount_fen
FROM judged
GROUP BY verdict
ORDER BY verdict
