-- Everything a month owes, as dues and as lines for the bank, with what each takes from every sub-account.
--
-- people   who may be owed something, the first and the last month in question, and why somebody is held back; whose
--          participation is being cancelled is owed nothing after the event, and nothing by a run once it is settled
-- fresh    the month of the run; missed: earlier months that somebody has not been owed yet
-- reopened dues that no run has paid (refused by the bank, once withheld), at what their month is worth today
-- shares   policy.payments.share_of_payment as integers: round(n*A*s/T) - round((n-1)*A*s/T), at most what is left of the
--          pension, and the largest takes the rest
-- taken    policy.payments.split_payment: capped by the balance, then the other sub-accounts, then the fund. Several
--          payments of one person are capped by their running sums, which takes the same as one after the other
-- Parameters: county_code, run_id, month, basic_fen, months, basics, prior_run_id, prior_month, fresh_from, cut_off_on,
-- born_before, was_discarded.
WITH months AS (
    SELECT
        m.month,
        m.basic_fen
    FROM unnest(CAST(:months AS date[]), CAST(:basics AS bigint[])) AS m (month, basic_fen)
),

people AS MATERIALIZED (
    SELECT
        b.resident_id,
        r.division_code,
        b.account_pension_fen,
        b.award_personal_fen,
        b.award_collective_fen,
        b.award_gov_fen,
        r.name,
        r.id_token,
        r.bank_account_sealed,
        r.bank_account_index,
        r.birth_date <= :born_before AS is_old,
        CASE WHEN earlier_line.resident_id IS NULL THEN b.start_month ELSE greatest(b.start_month, :fresh_from) END
            AS first_month,
        least(
            :month, b.end_month, CASE WHEN b.state = 'stopped' THEN CAST(date_trunc('month', b.state_on) AS date) END,
            CAST(date_trunc('month', b.cancels_on) AS date)
        ) AS last_month,
        CASE
            WHEN b.state = 'suspended' THEN 'suspended'
            WHEN b.state = 'active' AND b.state_on > :cut_off_on THEN 'resumed_after_cut_off'
            WHEN r.status = 'dead' AND (r.status_on IS NULL OR date_trunc('month', r.status_on) < :month) THEN 'dead'
            WHEN r.bank_account_sealed IS NULL THEN 'no_bank_account'
        END AS held
    FROM benefits AS b
    JOIN residents AS r ON r.county_code = b.county_code AND r.id = b.resident_id
    LEFT JOIN payment_lines AS earlier_line
        ON
            earlier_line.county_code = b.county_code AND earlier_line.run_id = :prior_run_id AND earlier_line.resident_id = b.resident_id
            AND earlier_line.month = :prior_month AND earlier_line.kind = 'regular'
    WHERE
        b.county_code = :county_code AND b.start_month <= :month
        AND b.state <> 'pending' AND b.settlement_id IS NULL
        AND NOT (b.state = 'terminated' AND b.state_reason = 'death' AND b.end_month < :month)
),

fresh AS (
    -- Nobody can have a due of this month yet, unless a discarded run left one; the key would refuse a second anyway.
    INSERT INTO payment_dues (
        county_code, resident_id, month, kind, division_code, basic_fen, account_fen, amount_fen,
        run_id, line_run_id
    )
    SELECT
        :county_code,
        p.resident_id,
        :month,
        'regular',
        p.division_code,
        :basic_fen,
        p.account_pension_fen,
        :basic_fen + p.account_pension_fen,
        :run_id,
        CASE WHEN p.held IS NULL THEN :run_id END
    FROM people AS p
    WHERE
        p.last_month = :month AND (p.held IS NULL OR p.held = 'no_bank_account')
        AND (NOT :was_discarded OR NOT EXISTS (
            SELECT 1 FROM payment_dues AS o
            WHERE o.county_code = :county_code AND o.resident_id = p.resident_id AND o.month = :month AND o.kind = 'regular'
        ))
    RETURNING resident_id, month, kind, basic_fen, account_fen, line_run_id
),

behind AS MATERIALIZED (
    SELECT * FROM people
    WHERE first_month < :month AND (held IS NULL OR held = 'no_bank_account')
),

missed AS (
    INSERT INTO payment_dues (
        county_code, resident_id, month, kind, division_code, basic_fen, account_fen, amount_fen,
        run_id, line_run_id
    )
    SELECT
        :county_code,
        p.resident_id,
        m.month,
        'regular',
        p.division_code,
        m.basic_fen,
        p.account_pension_fen,
        m.basic_fen + p.account_pension_fen,
        :run_id,
        CASE WHEN p.held IS NULL THEN :run_id END
    FROM behind AS p
    JOIN months AS m ON m.month BETWEEN p.first_month AND p.last_month
    WHERE m.month < :month
    ON CONFLICT DO NOTHING
    RETURNING resident_id, month, kind, basic_fen, account_fen, line_run_id
),

reopened AS (
    UPDATE payment_dues d
    SET
        line_run_id = :run_id,
        basic_fen = CASE WHEN d.kind = 'regular' THEN m.basic_fen ELSE d.basic_fen END,
        amount_fen = CASE WHEN d.kind = 'regular' THEN m.basic_fen ELSE d.basic_fen END + d.account_fen
    FROM people AS p, months AS m
    WHERE
        d.county_code = :county_code AND d.line_run_id IS NULL AND d.paid_on IS NULL AND d.settlement_id IS NULL
        AND p.resident_id = d.resident_id AND p.held IS NULL AND m.month = d.month AND d.month <= p.last_month
    RETURNING d.resident_id, d.month, d.kind, d.basic_fen, d.account_fen
),

held AS (
    INSERT INTO payment_exceptions (county_code, run_id, resident_id, code, division_code, withheld, detail)
    SELECT
        :county_code,
        :run_id,
        p.resident_id,
        p.held,
        p.division_code,
        TRUE,
        ''
    FROM people AS p
    WHERE
        p.held IS NOT NULL
        AND (p.last_month = :month OR p.held = 'dead')
    UNION ALL
    SELECT
        :county_code,
        :run_id,
        p.resident_id,
        'over_100',
        p.division_code,
        FALSE,
        ''
    FROM people AS p
    WHERE p.is_old AND p.held IS NULL AND p.last_month = :month
),

taken AS (
    SELECT
        resident_id,
        month,
        CAST(kind AS text) AS kind,
        basic_fen,
        account_fen
    FROM fresh
    WHERE line_run_id IS NOT NULL
    UNION ALL
    SELECT
        resident_id,
        month,
        CAST(kind AS text),
        basic_fen,
        account_fen
    FROM missed
    WHERE line_run_id IS NOT NULL
    UNION ALL
    SELECT
        resident_id,
        month,
        CAST(kind AS text),
        basic_fen,
        account_fen
    FROM reopened
),

numbered AS (
    SELECT
        row_number() OVER (ORDER BY p.division_code, t.resident_id, t.month, t.kind) AS seq,
        coalesce(a.paid_count, 0)
        + count(*) FILTER (WHERE t.account_fen > 0) OVER in_order AS n,
        t.resident_id,
        p.division_code,
        t.month,
        t.kind,
        t.basic_fen,
        t.account_fen,
        p.award_personal_fen AS ap,
        p.award_collective_fen AS ac,
        p.award_gov_fen AS ag,
        nullif(p.award_personal_fen + p.award_collective_fen + p.award_gov_fen, 0) AS total,
        coalesce(a.personal_fen, 0) AS bp,
        coalesce(a.collective_fen, 0) AS bc,
        coalesce(a.gov_fen, 0) AS bg,
        p.name,
        p.id_token,
        p.bank_account_sealed,
        p.bank_account_index
    FROM taken AS t
    JOIN people AS p ON p.resident_id = t.resident_id
    LEFT JOIN accounts AS a ON a.county_code = :county_code AND a.resident_id = t.resident_id
    WINDOW in_order AS (PARTITION BY p.division_code, t.resident_id ORDER BY t.month, t.kind)
),

rounded AS (
    SELECT
        *,
        CASE
            WHEN account_fen = 0 THEN 0 ELSE
                coalesce(
                    (2 * n * account_fen * ap + total) / (2 * total) - (2 * (n - 1) * account_fen * ap + total) / (2 * total), 0
                )
        END AS sp,
        CASE
            WHEN account_fen = 0 THEN 0 ELSE
                coalesce(
                    (2 * n * account_fen * ac + total) / (2 * total) - (2 * (n - 1) * account_fen * ac + total) / (2 * total), 0
                )
        END AS sc,
        CASE
            WHEN account_fen = 0 THEN 0 ELSE
                coalesce(
                    (2 * n * account_fen * ag + total) / (2 * total) - (2 * (n - 1) * account_fen * ag + total) / (2 * total), 0
                )
        END AS sg,
        CASE WHEN ap >= ac AND ap >= ag THEN 1 WHEN ac >= ag THEN 2 ELSE 3 END AS largest
    FROM numbered
    OFFSET 0
),

shares AS (
    SELECT
        *,
        CASE
            WHEN largest = 1 THEN account_fen - least(sc, account_fen) - least(sg, account_fen - least(sc, account_fen))
            ELSE least(sp, account_fen)
        END AS wp,
        CASE largest
            WHEN 1 THEN least(sc, account_fen)
            WHEN 2 THEN account_fen - least(sp, account_fen) - least(sg, account_fen - least(sp, account_fen))
            ELSE least(sc, account_fen - least(sp, account_fen))
        END AS wc,
        CASE largest
            WHEN 1 THEN least(sg, account_fen - least(sc, account_fen))
            WHEN 2 THEN least(sg, account_fen - least(sp, account_fen))
            ELSE account_fen - least(sp, account_fen) - least(sc, account_fen - least(sp, account_fen))
        END AS wg
    FROM rounded
    OFFSET 0
),

summed AS (
    -- The amounts fit an integer, of which sums are bigint and not the slow numeric.
    SELECT
        *,
        sum(CAST(wp AS integer)) OVER so_far - wp AS xp,
        sum(CAST(wc AS integer)) OVER so_far - wc AS xc,
        sum(CAST(wg AS integer)) OVER so_far - wg AS xg,
        sum(CAST(account_fen AS integer)) OVER so_far - account_fen AS xa
    FROM shares
    WINDOW so_far AS (PARTITION BY division_code, resident_id ORDER BY month, kind)
)

INSERT INTO payment_lines (
    county_code, run_id, seq, resident_id, division_code, month, kind, amount_fen, basic_fen,
    account_fen, personal_fen, collective_fen, gov_fen, fund_fen, name, id_token,
    bank_account_sealed, bank_account_index
)
SELECT
    :county_code,
    :run_id,
    s.seq,
    s.resident_id,
    s.division_code,
    s.month,
    s.kind,
    s.basic_fen + s.account_fen,
    s.basic_fen,
    s.account_fen,
    coalesce(short.p, s.wp),
    coalesce(short.c, s.wc),
    coalesce(short.g, s.wg),
    s.basic_fen + s.account_fen - coalesce(short.p, s.wp) - coalesce(short.c, s.wc) - coalesce(short.g, s.wg),
    s.name,
    s.id_token,
    s.bank_account_sealed,
    s.bank_account_index
FROM summed AS s
LEFT JOIN LATERAL (
    SELECT
        max(part.p) - min(part.p) AS p,
        max(part.c) - min(part.c) AS c,
        max(part.g) - min(part.g) AS g
    FROM (
        SELECT
            f.p + least(f.miss, s.bp - f.p) AS p,
            f.c + least(greatest(f.miss - (s.bp - f.p), 0), s.bc - f.c) AS c,
            f.g + least(greatest(f.miss - (s.bp - f.p) - (s.bc - f.c), 0), s.bg - f.g) AS g
        FROM (
            SELECT
                least(v.p, s.bp) AS p,
                least(v.c, s.bc) AS c,
                least(v.g, s.bg) AS g,
                v.a - least(v.p, s.bp) - least(v.c, s.bc) - least(v.g, s.bg) AS miss
            FROM (VALUES (s.xp, s.xc, s.xg, s.xa), (s.xp + s.wp, s.xc + s.wc, s.xg + s.wg, s.xa + s.account_fen))
                AS v (p, c, g, a)
        ) AS f
    ) AS part
    HAVING s.xp + s.wp > s.bp OR s.xc + s.wc > s.bc OR s.xg + s.wg > s.bg
) AS short ON TRUE
