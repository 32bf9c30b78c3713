-- Marks the lines that the money of a claim now reaches: in order, a line once each level's money reaches its part, on the
-- day on which the last of it came. Money that only partly reaches a line waits with it. What is taken back is money too,
-- but only once the money for the line that it takes back is there.
-- :county_code, :claim_id  the claim
-- :approved_on             its first day: what is taken back serves it from then on
WITH back AS MATERIALIZED (
    SELECT
        l.seq,
        l.purpose,
        l.origin,
        l.turn,
        l.contribution_id,
        l.resident_id,
        l.month,
        l.due_kind
    FROM subsidy_claim_lines AS l
    WHERE l.county_code = :county_code AND l.claim_id = :claim_id AND l.amount_fen < 0
),

-- What a line takes back, by contribution or by month: two joins that can be hashed, since one with OR compares each line
-- of the claim with each line there is.
taken AS MATERIALIZED (
    SELECT
        b.seq,
        o.covered_on
    FROM back AS b
    INNER JOIN subsidy_claim_lines AS o ON b.contribution_id = o.contribution_id
    WHERE
        o.county_code = :county_code AND o.is_live AND o.purpose = b.purpose AND o.origin = b.origin
        AND o.turn = b.turn - 1
    UNION
    SELECT
        b.seq,
        o.covered_on
    FROM back AS b
    INNER JOIN subsidy_claim_lines AS o
        ON b.resident_id = o.resident_id AND b.month = o.month AND b.due_kind = o.due_kind
    WHERE
        o.county_code = :county_code AND o.is_live AND o.purpose = b.purpose AND o.origin = b.origin
        AND o.turn = b.turn - 1
),

own AS MATERIALIZED (
    SELECT
        l.seq,
        l.covered_on,
        l.amount_fen < 0 AS is_return,
        l.amount_fen > 0 OR o.covered_on IS NOT NULL AS counts,
        CASE WHEN l.amount_fen < 0 THEN greatest(o.covered_on, CAST(:approved_on AS date)) END AS returned_on,
        l.central_fen,
        l.province_fen,
        l.city_fen,
        l.county_fen,
        l.town_fen
    FROM subsidy_claim_lines AS l
    LEFT JOIN taken AS o ON l.seq = o.seq
    WHERE l.county_code = :county_code AND l.claim_id = :claim_id
),

lines AS MATERIALIZED (
    SELECT
        o.seq,
        o.covered_on,
        o.is_return,
        o.counts,
        max(o.returned_on) FILTER (WHERE o.counts) OVER upto AS returned_on,
        sum(o.central_fen) FILTER (WHERE o.counts) OVER upto AS central_fen,
        sum(o.province_fen) FILTER (WHERE o.counts) OVER upto AS province_fen,
        sum(o.city_fen) FILTER (WHERE o.counts) OVER upto AS city_fen,
        sum(o.county_fen) FILTER (WHERE o.counts) OVER upto AS county_fen,
        sum(o.town_fen) FILTER (WHERE o.counts) OVER upto AS town_fen
    FROM own AS o
    WINDOW upto AS (ORDER BY o.seq)
),

money AS MATERIALIZED (
    SELECT
        s.level,
        r.received_on,
        sum(s.amount_fen) OVER (PARTITION BY s.level ORDER BY r.received_on, r.id) AS upto_fen,
        sum(s.amount_fen) OVER (PARTITION BY s.level ORDER BY r.received_on, r.id) - s.amount_fen AS from_fen
    FROM subsidy_receipt_shares AS s
    INNER JOIN subsidy_receipts AS r ON s.county_code = r.county_code AND s.receipt_id = r.id
    WHERE s.county_code = :county_code AND s.claim_id = :claim_id
),

reached AS MATERIALIZED (
    SELECT
        l.seq,
        l.is_return,
        l.returned_on,
        greatest(m.received_on, p.received_on, c.received_on, o.received_on, t.received_on) AS received_on
    FROM lines AS l
    LEFT JOIN money AS m ON m.level = 'central' AND l.central_fen > m.from_fen AND l.central_fen <= m.upto_fen
    LEFT JOIN money AS p ON p.level = 'province' AND l.province_fen > p.from_fen AND l.province_fen <= p.upto_fen
    LEFT JOIN money AS c ON c.level = 'city' AND l.city_fen > c.from_fen AND l.city_fen <= c.upto_fen
    LEFT JOIN money AS o ON o.level = 'county' AND l.county_fen > o.from_fen AND l.county_fen <= o.upto_fen
    LEFT JOIN money AS t ON t.level = 'town' AND l.town_fen > t.from_fen AND l.town_fen <= t.upto_fen
    WHERE
        l.covered_on IS NULL AND l.counts
        AND (l.central_fen <= 0 OR m.level IS NOT NULL)
        AND (l.province_fen <= 0 OR p.level IS NOT NULL)
        AND (l.city_fen <= 0 OR c.level IS NOT NULL)
        AND (l.county_fen <= 0 OR o.level IS NOT NULL)
        AND (l.town_fen <= 0 OR t.level IS NOT NULL)
)

UPDATE subsidy_claim_lines AS l
SET covered_on = CASE WHEN r.is_return THEN r.returned_on ELSE coalesce(r.received_on, r.returned_on, :approved_on) END
FROM reached AS r
WHERE l.county_code = :county_code AND l.claim_id = :claim_id AND l.seq = r.seq
