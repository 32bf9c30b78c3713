-- What government owes for basic pensions that were paid, less what it has been asked for. What a recovery covers should
-- not have been paid: it is taken back.
-- :county_code  county
-- :purpose      basic_pension
-- :cut_off_on   last day of the payments
-- :as_of        day by whose end recoveries count
-- :only_booked  true: only claims approved by :as_of count as asked for; false: every one that stands
WITH asked AS (
    SELECT
        l.resident_id,
        l.month,
        l.due_kind,
        max(l.turn) AS turn,
        sum(l.amount_fen) AS amount_fen,
        sum(l.central_fen) AS central_fen,
        sum(l.province_fen) AS province_fen,
        sum(l.city_fen) AS city_fen,
        sum(l.county_fen) AS county_fen,
        sum(l.town_fen) AS town_fen
    FROM subsidy_claim_lines AS l
    INNER JOIN subsidy_claims AS k ON l.county_code = k.county_code AND l.claim_id = k.id
    WHERE
        l.county_code = :county_code AND l.purpose = :purpose AND l.is_live
        AND (NOT CAST(:only_booked AS boolean) OR k.approved_on <= :as_of)
    GROUP BY l.resident_id, l.month, l.due_kind
),

owed AS (
    SELECT
        d.resident_id,
        d.division_code,
        d.month,
        d.kind,
        d.basic_fen,
        coalesce(d.paid_on, s.paid_on) AS paid_on,
        d.recovery_id IS NULL OR coalesce(y.demanded_on > :as_of, FALSE) AS is_good
    FROM payment_dues AS d
    LEFT JOIN settlements AS s
        ON d.county_code = s.county_code AND d.settlement_id = s.id AND s.state = 'paid'
    LEFT JOIN (
        SELECT
            r.id,
            t.approved_on AS demanded_on
        FROM recoveries AS r
        INNER JOIN settlements AS t ON r.county_code = t.county_code AND r.settlement_id = t.id
        WHERE r.county_code = :county_code
    ) AS y ON d.recovery_id = y.id
    WHERE d.county_code = :county_code AND d.basic_fen > 0 AND coalesce(d.paid_on, s.paid_on) <= :cut_off_on
)

SELECT
    o.resident_id,
    o.division_code,
    CAST(NULL AS bigint) AS contribution_id,
    CAST(NULL AS smallint) AS contribution_year,
    o.month,
    o.kind AS due_kind,
    CAST(0 AS bigint) AS tier_fen,
    CAST(:purpose AS text) AS origin,
    o.paid_on AS due_on,
    o.month AS split_on,
    CAST(NULL AS date) AS covered_month,
    FALSE AS waits,
    coalesce(a.turn, 0) + 1 AS turn,
    o.basic_fen AS owed_fen,
    NOT o.is_good AS is_return,
    -a.amount_fen AS amount_fen,
    -a.central_fen AS central_fen,
    -a.province_fen AS province_fen,
    -a.city_fen AS city_fen,
    -a.county_fen AS county_fen,
    -a.town_fen AS town_fen
FROM owed AS o
LEFT JOIN asked AS a ON o.resident_id = a.resident_id AND o.month = a.month AND o.kind = a.due_kind
WHERE
    (o.is_good AND coalesce(a.amount_fen, 0) = 0)
    OR (NOT o.is_good AND coalesce(a.amount_fen, 0) > 0)
