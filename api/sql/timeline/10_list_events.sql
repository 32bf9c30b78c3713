-- A page of what happened to one person, newest first.
-- :county_code, :resident_id  the person
-- :on_day, :at, :kind, :ref   the last event of the page before; a day beyond all times for the first page
-- :maximum                    events at most
-- Columns of the later branches take the names of the first. noqa is for those.
-- noqa: disable=AL03
WITH versions AS (
    SELECT
        v.replaced_at,
        v.replaced_by_id,
        v.version,
        v.row AS before,
        coalesce(n.row, to_jsonb(r)) AS after
    FROM resident_versions AS v
    INNER JOIN residents AS r ON v.county_code = r.county_code AND v.resident_id = r.id
    LEFT JOIN resident_versions AS n
        ON v.county_code = n.county_code AND v.resident_id = n.resident_id AND n.version = v.version + 1
    WHERE v.county_code = :county_code AND v.resident_id = :resident_id
),

events AS (
    SELECT
        (r.created_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day,
        r.created_at AS at,
        'resident_registered' AS kind,
        r.id AS ref,
        NULL::text AS word,
        NULL::text AS detail,
        NULL::bigint AS amount_fen,
        -- Later versions name their own source; the first one's is in the oldest row that is kept.
        coalesce(
            (
                SELECT (v.before ->> 'source_id')::bigint
                FROM versions AS v
                WHERE v.version = 1
            ),
            r.source_id
        ) AS actor_id
    FROM residents AS r
    WHERE r.county_code = :county_code AND r.id = :resident_id
    UNION ALL
    SELECT
        CASE
            WHEN v.before -> 'status' <> v.after -> 'status' THEN (v.after ->> 'status_on')::date
            ELSE (v.replaced_at AT TIME ZONE 'Asia/Shanghai')::date
        END,
        v.replaced_at,
        CASE WHEN v.before -> 'status' <> v.after -> 'status' THEN 'resident_status' ELSE 'resident_changed' END,
        v.version,
        v.after ->> 'status',
        (
            SELECT string_agg(o.key, ',' ORDER BY o.key)
            FROM jsonb_each(v.before) AS o
            WHERE o.value IS DISTINCT FROM v.after -> o.key
        ),
        NULL,
        v.replaced_by_id
    FROM versions AS v
    UNION ALL
    SELECT
        e.applied_on,
        e.created_at,
        'enrolment_applied',
        e.id,
        e.rhythm,
        NULL,
        e.tier_fen,
        e.created_by_id
    FROM enrolments AS e
    WHERE e.county_code = :county_code AND e.resident_id = :resident_id
    UNION ALL
    SELECT
        d.decided_on,
        d.decided_at,
        'enrolment_' || d.decision,
        d.id,
        d.step,
        d.opinion,
        NULL,
        d.decided_by_id
    FROM enrolments AS e
    INNER JOIN enrolment_decisions AS d ON e.county_code = d.county_code AND e.id = d.enrolment_id
    WHERE e.county_code = :county_code AND e.resident_id = :resident_id
    UNION ALL
    SELECT
        c.paid_on,
        c.created_at,
        'contribution',
        c.id,
        c.kind,
        c.contribution_year || ',' || c.channel || ',' || c.subsidy_fen,
        c.amount_fen,
        c.recorded_by_id
    FROM contributions AS c
    WHERE c.county_code = :county_code AND c.resident_id = :resident_id
    UNION ALL
    SELECT
        coalesce(j.business_date, c.paid_on),
        coalesce(j.created_at, c.created_at + interval '1 millisecond'),
        'contribution_reversed',
        c.id,
        c.kind,
        c.contribution_year || ',' || coalesce(c.reversal_reason, ''),
        -c.amount_fen,
        c.reversed_by_id
    FROM contributions AS c
    LEFT JOIN journals AS j ON c.county_code = j.county_code AND c.reversal_journal_id = j.id
    WHERE c.county_code = :county_code AND c.resident_id = :resident_id AND c.state = 'reversed'
    UNION ALL
    SELECT
        p.issued_on,
        p.created_at,
        'receipt',
        p.id,
        p.number::text,
        NULL,
        p.amount_fen,
        p.collector_id
    FROM receipts AS p
    WHERE p.county_code = :county_code AND p.resident_id = :resident_id
    UNION ALL
    SELECT
        coalesce(
            j.business_date, (make_date(l.value_year, l.value_month, 1) + interval '1 month' - interval '1 day')::date
        ),
        coalesce(j.created_at, make_date(l.value_year, l.value_month, 28)::timestamptz),
        'interest',
        l.journal_id,
        l.value_year || '-' || lpad(l.value_month::text, 2, '0'),
        NULL,
        l.personal_fen + l.collective_fen + l.gov_fen,
        j.maker_id
    FROM account_lines AS l
    LEFT JOIN journals AS j ON l.county_code = j.county_code AND l.journal_id = j.id
    WHERE
        l.county_code = :county_code
        AND l.resident_id = :resident_id
        AND (
            j.kind IN ('interest', 'settlement_interest')
            OR (
                j.kind IS NULL
                AND l.contribution_year IS NULL
                AND l.fund_fen = 0
                AND l.personal_fen + l.collective_fen + l.gov_fen > 0
            )
        )
    UNION ALL
    SELECT
        (w.created_at AT TIME ZONE 'Asia/Shanghai')::date,
        w.created_at,
        'award_proposed',
        w.id,
        w.basis,
        NULL,
        w.basic_pension_fen + w.account_pension_fen,
        w.proposed_by_id
    FROM awards AS w
    WHERE w.county_code = :county_code AND w.resident_id = :resident_id AND w.decided_on IS NULL
    UNION ALL
    SELECT
        w.decided_on,
        coalesce(w.decided_at, w.created_at),
        'award_' || w.state,
        w.id,
        to_char(w.start_month, 'YYYY-MM'),
        w.opinion,
        w.basic_pension_fen + w.account_pension_fen,
        w.decided_by_id
    FROM awards AS w
    WHERE w.county_code = :county_code AND w.resident_id = :resident_id AND w.decided_on IS NOT NULL
    UNION ALL
    SELECT
        b.state_on,
        b.state_on::timestamptz,
        'benefit_' || b.state,
        b.award_id,
        b.state_reason,
        NULL,
        NULL,
        NULL
    FROM benefits AS b
    WHERE
        b.county_code = :county_code
        AND b.resident_id = :resident_id
        AND b.state_on IS NOT NULL
        AND (b.state <> 'active' OR b.state_reason IS NOT NULL)
    UNION ALL
    SELECT
        d.paid_on,
        d.paid_on::timestamptz,
        'payment',
        -- A month and kind are owed once, so the two make the reference.
        d.month - date '1970-01-01' + CASE d.kind WHEN 'regular' THEN 0 ELSE 1 END,
        to_char(d.month, 'YYYY-MM'),
        d.kind,
        d.amount_fen,
        NULL
    FROM payment_dues AS d
    WHERE d.county_code = :county_code AND d.resident_id = :resident_id AND d.paid_on IS NOT NULL
    UNION ALL
    SELECT
        coalesce(t.posted_on, l.month),
        coalesce(t.created_at, l.month::timestamptz),
        'payment_refused',
        l.run_id,
        to_char(l.month, 'YYYY-MM'),
        f.reason,
        l.amount_fen,
        NULL
    FROM payment_lines AS l
    INNER JOIN payment_refusals AS f ON l.county_code = f.county_code AND l.run_id = f.run_id AND l.seq = f.seq
    LEFT JOIN bank_returns AS t ON f.county_code = t.county_code AND f.return_id = t.id
    WHERE l.county_code = :county_code AND l.resident_id = :resident_id
    UNION ALL
    -- 注销登记: handed in, each decision, and what became of its settlements.
    SELECT
        x.reported_on,
        x.created_at,
        'cancellation_applied',
        x.id,
        x.reason,
        x.event_on::text,
        NULL,
        x.created_by_id
    FROM cancellations AS x
    WHERE x.county_code = :county_code AND x.resident_id = :resident_id
    UNION ALL
    SELECT
        d.decided_on,
        d.decided_at,
        'cancellation_' || d.decision,
        d.id,
        d.step,
        d.opinion,
        NULL,
        d.decided_by_id
    FROM cancellations AS x
    INNER JOIN cancellation_decisions AS d ON x.county_code = d.county_code AND x.id = d.cancellation_id
    WHERE x.county_code = :county_code AND x.resident_id = :resident_id
    UNION ALL
    SELECT
        coalesce(s.approved_on, s.computed_on),
        coalesce(s.approved_at, s.created_at),
        CASE
            WHEN s.state IN ('computed', 'discarded', 'reversed') THEN 'settlement_' || s.state ELSE 'settlement_approved'
        END,
        s.id,
        CASE WHEN s.is_supplement THEN 'supplement' ELSE 'whole' END,
        coalesce(s.undone_reason, s.opinion),
        s.payable_fen,
        coalesce(s.undone_by_id, s.approved_by_id, s.computed_by_id)
    FROM settlements AS s
    WHERE s.county_code = :county_code AND s.resident_id = :resident_id
    UNION ALL
    SELECT
        s.paid_on,
        coalesce(j.created_at, s.paid_on::timestamptz),
        'settlement_paid',
        s.id,
        CASE WHEN s.is_supplement THEN 'supplement' ELSE 'whole' END,
        s.bank_reference,
        s.payable_fen,
        s.paid_by_id
    FROM settlements AS s
    LEFT JOIN journals AS j ON s.county_code = j.county_code AND s.payment_journal_id = j.id
    WHERE s.county_code = :county_code AND s.resident_id = :resident_id AND s.paid_on IS NOT NULL
)

SELECT
    on_day,
    at,
    kind,
    ref,
    word,
    detail,
    amount_fen,
    actor_id
FROM events
WHERE (on_day, at, kind, ref) < (cast(:on_day AS date), cast(:at AS timestamptz), :kind, cast(:ref AS bigint))
ORDER BY on_day DESC, at DESC, kind DESC, ref DESC
LIMIT :maximum
