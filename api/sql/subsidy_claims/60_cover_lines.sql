-- Marks the lines that the money of a claim now reaches: in order, a line once each level's money reaches its part, on the
-- day on which the last of it came. Money that only partly reaches a line waits with it.
-- :county_code, :claim_id  the claim
-- :approved_on             day for lines that no money is needed for
WITH lines AS (
    SELECT
        l.seq,
        l.covered_on,
        sum(l.central_fen) OVER upto AS central_fen,
        sum(l.province_fen) OVER upto AS province_fen,
        sum(l.city_fen) OVER upto AS city_fen,
        sum(l.county_fen) OVER upto AS county_fen,
        sum(l.town_fen) OVER upto AS town_fen
    FROM subsidy_claim_lines AS l
    WHERE l.county_code = :county_code AND l.claim_id = :claim_id
    WINDOW upto AS (ORDER BY l.seq)
),

money AS (
    SELECT
        s.level,
        r.received_on,
        sum(s.amount_fen) OVER (PARTITION BY s.level ORDER BY r.received_on, r.id) AS upto_fen,
        sum(s.amount_fen) OVER (PARTITION BY s.level ORDER BY r.received_on, r.id) - s.amount_fen AS from_fen
    FROM subsidy_receipt_shares AS s
    INNER JOIN subsidy_receipts AS r ON s.county_code = r.county_code AND s.receipt_id = r.id
    WHERE s.county_code = :county_code AND s.claim_id = :claim_id
),

reached AS (
    SELECT
        l.seq,
        greatest(m.received_on, p.received_on, c.received_on, o.received_on, t.received_on) AS received_on
    FROM lines AS l
    LEFT JOIN money AS m ON m.level = 'central' AND l.central_fen > m.from_fen AND l.central_fen <= m.upto_fen
    LEFT JOIN money AS p ON p.level = 'province' AND l.province_fen > p.from_fen AND l.province_fen <= p.upto_fen
    LEFT JOIN money AS c ON c.level = 'city' AND l.city_fen > c.from_fen AND l.city_fen <= c.upto_fen
    LEFT JOIN money AS o ON o.level = 'county' AND l.county_fen > o.from_fen AND l.county_fen <= o.upto_fen
    LEFT JOIN money AS t ON t.level = 'town' AND l.town_fen > t.from_fen AND l.town_fen <= t.upto_fen
    WHERE
        l.covered_on IS NULL
        AND (l.central_fen <= 0 OR m.level IS NOT NULL)
        AND (l.province_fen <= 0 OR p.level IS NOT NULL)
        AND (l.city_fen <= 0 OR c.level IS NOT NULL)
        AND (l.county_fen <= 0 OR o.level IS NOT NULL)
        AND (l.town_fen <= 0 OR t.level IS NOT NULL)
)

UPDATE subsidy_claim_lines AS l
SET covered_on = coalesce(r.received_on, :approved_on)
FROM reached AS r
WHERE l.county_code = :county_code AND l.claim_id = :claim_id AND l.seq = r.seq
