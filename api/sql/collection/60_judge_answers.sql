-- What is made of every line of the bank's files. They stand in the temporary table collection_answers (file_no, number,
-- succeeded, seq, is_outside, resident_id, amount_fen, id_token, name, bank_code, reason); the verdicts go to
-- collection_judged. `ok` is booked, everything else becomes a finding:
--
-- unknown        no such number in the batch, or in another of its files
-- other_person   number known; social number, document or name are another's
-- contradictory  several lines of one number that differ in result or amount; or another result than the final one; or the
--                line is contested by an earlier file and nobody has decided yet
-- other_amount   not the amount that was sent: in full or not at all (policy.md P4, A19)
-- repeated       says once more what another line of the upload says, or what is final
-- late           the bank deducted after the year could be paid
-- not_postable   the account cannot take it any more; the detail says why
-- Parameters: county_code, batch_id, contribution_year, deducted_on, is_after_window, year_kinds, is_decided.
WITH matched AS MATERIALIZED (
    SELECT
        a.file_no,
        a.number,
        a.succeeded,
        a.seq,
        a.is_outside,
        a.amount_fen AS said_fen,
        a.bank_code,
        a.reason,
        l.seq AS line_seq,
        l.resident_id,
        l.kind,
        l.instalment,
        l.paid_before,
        l.tier_fen,
        l.amount_fen,
        l.government_paid_fen,
        l.subsidy_fen,
        l.waiting_subsidy_fen,
        coalesce(l.resident_id = a.resident_id AND l.id_token = a.id_token AND l.name = a.name, FALSE) AS is_person
    FROM collection_answers AS a
    LEFT JOIN collection_lines AS l ON l.county_code = :county_code AND l.batch_id = :batch_id AND a.seq = l.seq
),

several AS MATERIALIZED (
    SELECT
        seq,
        min(file_no * 10000000000 + number) AS first_place,
        bool_or(succeeded) <> bool_and(succeeded) OR min(said_fen) <> max(said_fen) AS is_contradiction
    FROM matched
    WHERE is_person AND NOT is_outside
    GROUP BY seq
    HAVING count(*) > 1
),

final AS MATERIALIZED (
    SELECT
        o.seq,
        o.result = 'deducted' AS is_deducted
    FROM collection_outcomes AS o
    WHERE o.county_code = :county_code AND o.batch_id = :batch_id
),

contested AS MATERIALIZED (
    SELECT DISTINCT f.seq
    FROM collection_findings AS f
    WHERE
        f.county_code = :county_code AND f.batch_id = :batch_id AND f.code = 'contradictory' AND f.state <> 'resolved'
        AND f.seq IS NOT NULL AND NOT CAST(:is_decided AS boolean)
),

holders AS MATERIALIZED (
    SELECT
        a.resident_id,
        a.division_code,
        a.state,
        a.opened_on,
        a.interest_through,
        a.cancels_on
    FROM accounts AS a
    WHERE a.county_code = :county_code AND a.resident_id = ANY(ARRAY(SELECT resident_id FROM matched))
),

gone AS MATERIALIZED (
    SELECT
        r.id AS resident_id,
        r.status_on
    FROM residents AS r
    WHERE r.county_code = :county_code AND r.status <> 'alive'
),

paid AS MATERIALIZED (
    SELECT
        c.resident_id,
        count(*) AS payments
    FROM contributions AS c
    WHERE
        c.county_code = :county_code AND c.contribution_year = :contribution_year AND c.state = 'posted'
        AND c.kind = ANY(CAST(:year_kinds AS text[])) AND c.resident_id = ANY(ARRAY(SELECT resident_id FROM matched))
    GROUP BY c.resident_id
),

judged AS (
    SELECT
        m.*,
        h.division_code,
        CASE
            WHEN h.resident_id IS NULL OR h.state <> 'open' THEN 'account_closed'
            WHEN g.resident_id IS NOT NULL AND coalesce(g.status_on < :deducted_on, TRUE) THEN 'gone'
            WHEN h.cancels_on < :deducted_on THEN 'cancelled'
            -- Interest of the day that is posted is no obstacle for an open account: it is corrected after the booking.
            WHEN extract(YEAR FROM h.opened_on) > extract(YEAR FROM CAST(:deducted_on AS date)) THEN 'opened_later'
            WHEN coalesce(p.payments, 0) <> m.paid_before THEN 'paid_otherwise'
        END AS obstacle,
        CASE
            WHEN m.line_seq IS NULL OR m.is_outside THEN 'unknown'
            WHEN NOT m.is_person THEN 'other_person'
            WHEN s.is_contradiction THEN 'contradictory'
            WHEN m.said_fen <> m.amount_fen THEN 'other_amount'
            WHEN f.is_deducted <> m.succeeded THEN 'contradictory'
            WHEN f.seq IS NOT NULL THEN 'repeated'
            WHEN s.first_place < m.file_no * 10000000000 + m.number THEN 'repeated'
            WHEN c.seq IS NOT NULL THEN 'contradictory'
            WHEN m.succeeded AND :is_after_window THEN 'late'
            ELSE 'ok'
        END AS verdict
    FROM matched AS m
    LEFT JOIN several AS s ON m.seq = s.seq
    LEFT JOIN final AS f ON m.line_seq = f.seq
    LEFT JOIN contested AS c ON m.line_seq = c.seq
    LEFT JOIN holders AS h ON m.resident_id = h.resident_id
    LEFT JOIN gone AS g ON m.resident_id = g.resident_id
    LEFT JOIN paid AS p ON m.resident_id = p.resident_id
)

INSERT INTO collection_judged
SELECT
    file_no,
    number,
    succeeded,
    line_seq,
    CASE WHEN verdict = 'ok' AND succeeded AND obstacle IS NOT NULL THEN 'not_postable' ELSE verdict END,
    CASE
        WHEN verdict = 'ok' AND succeeded AND obstacle IS NOT NULL THEN obstacle
        WHEN verdict = 'unknown' AND is_outside AND line_seq IS NOT NULL THEN 'other_file'
        WHEN verdict = 'late' THEN 'after_window'
        ELSE ''
    END,
    division_code / 1000 * 1000,
    resident_id,
    division_code,
    :contribution_year,
    kind,
    instalment,
    tier_fen,
    amount_fen,
    said_fen,
    government_paid_fen,
    subsidy_fen,
    waiting_subsidy_fen,
    bank_code,
    reason
FROM judged
