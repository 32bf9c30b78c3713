-- Subsidies whose money came in a later month than the contribution, and for which no lost interest has been claimed yet;
-- and what was claimed for contributions that are worth nothing any more. How much was lost, the law says.
-- :county_code  county
-- :purpose      late_interest
-- :cut_off_on   last day of the arrivals
-- :as_of        day by whose end reversals and settlements count
-- :only_booked  true: only claims approved by :as_of count as asked for; false: every one that stands
WITH asked AS (
    SELECT
        l.contribution_id,
        l.origin,
        bool_or(l.waits) AS waits,
        min(l.due_on) AS due_on,
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
    GROUP BY l.contribution_id, l.origin
),

given_back AS (
    SELECT DISTINCT c.id
    FROM settlements AS s
    INNER JOIN contributions AS c ON s.county_code = c.county_code AND s.resident_id = c.resident_id
    WHERE
        s.county_code = :county_code AND NOT s.is_supplement AND s.state IN ('approved', 'paid', 'closed')
        AND s.approved_on <= :as_of AND c.paid_on > s.event_on AND c.id < s.id
),

-- Both the subsidy and what government pays for people may come late; each has its line.
late AS (
    SELECT
        l.contribution_id,
        l.purpose,
        l.waits,
        l.due_on,
        l.covered_on,
        l.amount_fen
    FROM subsidy_claim_lines AS l
    WHERE
        l.county_code = :county_code AND l.purpose IN ('contribution_subsidy', 'government_paid') AND l.is_live
        AND l.amount_fen > 0 AND l.covered_on <= :cut_off_on
        AND date_trunc('month', l.covered_on) > date_trunc('month', l.due_on)
        AND NOT EXISTS (
            SELECT 1 FROM subsidy_claim_lines AS n
            WHERE
                n.county_code = :county_code AND n.contribution_id = l.contribution_id AND n.purpose = l.purpose
                AND n.is_live AND n.turn > l.turn
        )
),

worth AS (
    SELECT
        c.id,
        c.resident_id,
        c.division_code,
        c.contribution_year,
        c.tier_fen,
        -- What a settlement gave back keeps the interest that government has made up, and gets no more.
        b.id IS NOT NULL AS is_given_back,
        c.state = 'posted' OR j.business_date > :as_of AS is_good
    FROM contributions AS c
    LEFT JOIN given_back AS b ON c.id = b.id
    LEFT JOIN journals AS j ON c.county_code = j.county_code AND c.reversal_journal_id = j.id
    WHERE
        c.county_code = :county_code
        AND c.id IN (
            SELECT n.contribution_id FROM late AS n
            UNION ALL
            SELECT a.contribution_id FROM asked AS a
        )
)

SELECT
    w.resident_id,
    w.division_code,
    w.id AS contribution_id,
    w.contribution_year,
    CAST(NULL AS date) AS month,
    CAST(NULL AS text) AS due_kind,
    w.tier_fen,
    n.purpose AS origin,
    n.due_on,
    CAST(date_trunc('month', n.due_on) AS date) AS split_on,
    CAST(date_trunc('month', n.covered_on) AS date) AS covered_month,
    n.waits,
    coalesce(a.turn, 0) + 1 AS turn,
    n.amount_fen AS owed_fen,
    FALSE AS is_return,
    CAST(NULL AS bigint) AS amount_fen,
    CAST(NULL AS bigint) AS central_fen,
    CAST(NULL AS bigint) AS province_fen,
    CAST(NULL AS bigint) AS city_fen,
    CAST(NULL AS bigint) AS county_fen,
    CAST(NULL AS bigint) AS town_fen
FROM late AS n
INNER JOIN worth AS w ON n.contribution_id = w.id
LEFT JOIN asked AS a ON n.contribution_id = a.contribution_id AND n.purpose = a.origin
WHERE w.is_good AND NOT w.is_given_back AND coalesce(a.amount_fen, 0) = 0
UNION ALL
SELECT
    w.resident_id,
    w.division_code,
    w.id,
    w.contribution_year,
    NULL,
    NULL,
    w.tier_fen,
    a.origin,
    a.due_on,
    CAST(date_trunc('month', a.due_on) AS date),
    NULL,
    a.waits,
    a.turn + 1,
    0,
    TRUE,
    -a.amount_fen,
    -a.central_fen,
    -a.province_fen,
    -a.city_fen,
    -a.county_fen,
    -a.town_fen
FROM asked AS a
INNER JOIN worth AS w ON a.contribution_id = w.id
WHERE NOT w.is_good AND a.amount_fen > 0
