-- What the checker should look at, and who is new, gone or paid another amount than in the last run.
-- Parameters: county_code, run_id, prior_run_id (0 when there was none), month, prior_month.
WITH lines AS MATERIALIZED (
    -- Read once: what row-level security asks of every row is most of the cost of reading it.
    SELECT
        resident_id,
        division_code,
        bank_account_index,
        run_id = :run_id AS is_now,
        CASE
            WHEN kind = 'regular' AND month = CASE WHEN run_id = :run_id THEN CAST(:month AS date) ELSE :prior_month END
                THEN CAST(amount_fen AS integer)
            ELSE 0
        END AS regular_fen
    FROM payment_lines
    WHERE county_code = :county_code AND run_id IN (:run_id, :prior_run_id)
),

compared AS MATERIALIZED (
    SELECT
        resident_id,
        coalesce(min(division_code) FILTER (WHERE is_now), min(division_code)) AS division_code,
        NOT bool_or(is_now) AS is_gone,
        bool_and(is_now) AS is_new,
        -- No account has an empty index, so that this is IS DISTINCT FROM.
        coalesce(min(bank_account_index) FILTER (WHERE is_now), '')
        <> coalesce(min(bank_account_index) FILTER (WHERE NOT is_now), '') AS other_account,
        count(*) FILTER (WHERE is_now) AS line_count,
        coalesce(sum(regular_fen) FILTER (WHERE is_now), 0) AS now_fen,
        coalesce(sum(regular_fen) FILTER (WHERE NOT is_now), 0) AS last_fen
    FROM lines
    GROUP BY resident_id
),

shared AS (
    SELECT bank_account_index
    FROM lines
    WHERE is_now AND bank_account_index IS NOT NULL
    GROUP BY bank_account_index
    HAVING min(resident_id) <> max(resident_id)
)

INSERT INTO payment_exceptions (county_code, run_id, resident_id, code, division_code, withheld, detail)
SELECT
    :county_code,
    :run_id,
    resident_id,
    code,
    division_code,
    FALSE,
    detail
FROM (
    SELECT
        resident_id,
        division_code,
        'gone' AS code,
        to_char(last_fen / 100.0, 'FM999999990.00') AS detail
    FROM compared
    WHERE is_gone
    UNION ALL
    SELECT
        resident_id,
        division_code,
        'new',
        to_char(now_fen / 100.0, 'FM999999990.00')
    FROM compared
    WHERE is_new AND :prior_run_id <> 0
    UNION ALL
    SELECT
        resident_id,
        division_code,
        'amount_changed',
        to_char(last_fen / 100.0, 'FM999999990.00') || ' -> ' || to_char(now_fen / 100.0, 'FM999999990.00')
    FROM compared
    WHERE NOT is_new AND NOT is_gone AND now_fen <> last_fen AND now_fen > 0 AND last_fen > 0
    UNION ALL
    SELECT
        resident_id,
        division_code,
        'account_changed',
        ''
    FROM compared
    WHERE NOT is_new AND NOT is_gone AND other_account
    UNION ALL
    SELECT
        resident_id,
        division_code,
        'several_months',
        CAST(line_count AS text)
    FROM compared
    WHERE line_count > 1
    UNION ALL
    SELECT
        n.resident_id,
        min(n.division_code),
        'shared_bank_account',
        ''
    FROM lines AS n JOIN shared AS s ON s.bank_account_index = n.bank_account_index
    WHERE n.is_now
    GROUP BY n.resident_id
) AS listed
