-- Claimed, received and what of it no claim has taken yet, by purpose and level, as of a day.
-- :county_code  county
-- :as_of        day
WITH claimed AS (
    SELECT
        k.purpose,
        v.level,
        sum(v.amount_fen) AS claimed_fen,
        sum(v.amount_fen) FILTER (WHERE k.due_on < :as_of) AS past_due_fen
    FROM subsidy_claims AS k
    CROSS JOIN
        LATERAL (
            VALUES
            ('central', k.central_fen), ('province', k.province_fen), ('city', k.city_fen), ('county', k.county_fen),
            ('town', k.town_fen)
        ) AS v (level, amount_fen)
    WHERE k.county_code = :county_code AND k.state IN ('approved', 'sent', 'closed') AND k.approved_on <= :as_of
    GROUP BY k.purpose, v.level
),

received AS (
    SELECT
        r.purpose,
        r.level,
        sum(r.amount_fen) AS received_fen
    FROM subsidy_receipts AS r
    WHERE r.county_code = :county_code AND r.state = 'confirmed' AND r.received_on <= :as_of
    GROUP BY r.purpose, r.level
),

shared AS (
    SELECT
        k.purpose,
        s.level,
        sum(s.amount_fen) AS shared_fen,
        sum(s.amount_fen) FILTER (WHERE k.due_on < :as_of) AS past_due_fen
    FROM subsidy_receipt_shares AS s
    INNER JOIN subsidy_receipts AS r ON s.county_code = r.county_code AND s.receipt_id = r.id
    INNER JOIN subsidy_claims AS k ON s.county_code = k.county_code AND s.claim_id = k.id
    WHERE s.county_code = :county_code AND r.received_on <= :as_of AND k.approved_on <= :as_of
    GROUP BY k.purpose, s.level
)

SELECT
    coalesce(c.purpose, r.purpose) AS purpose,
    coalesce(c.level, r.level) AS level,
    coalesce(c.claimed_fen, 0) AS claimed_fen,
    coalesce(r.received_fen, 0) AS received_fen,
    coalesce(c.claimed_fen, 0) - coalesce(s.shared_fen, 0) AS outstanding_fen,
    coalesce(r.received_fen, 0) - coalesce(s.shared_fen, 0) AS advance_fen,
    coalesce(c.past_due_fen, 0) - coalesce(s.past_due_fen, 0) AS overdue_fen
FROM claimed AS c
FULL JOIN received AS r ON c.purpose = r.purpose AND c.level = r.level
LEFT JOIN shared AS s ON coalesce(c.purpose, r.purpose) = s.purpose AND coalesce(c.level, r.level) = s.level
