-- Lines whose money is there and that are not in their accounts: the value date, and why somebody has to wait. The value
-- date is the day on which the money was there, and never before the contribution itself.
-- :county_code, :claim_id  the claim
-- :low, :high              divisions in question
SELECT
    l.seq,
    l.division_code,
    l.resident_id,
    l.contribution_id,
    l.contribution_year,
    l.purpose,
    l.amount_fen,
    greatest(l.covered_on, l.due_on) AS value_on,
    CASE
        WHEN
            c.state <> 'posted'
            OR EXISTS (
                SELECT 1 FROM settlements AS g
                WHERE
                    g.county_code = c.county_code AND g.resident_id = c.resident_id AND NOT g.is_supplement
                    AND g.state IN ('approved', 'paid', 'closed') AND c.paid_on > g.event_on AND c.id < g.id
            )
            THEN 'contribution_gone'
        WHEN a.state IS NULL OR a.state NOT IN ('open', 'drawing') THEN 'account_closed'
        WHEN c.paid_on > a.cancels_on THEN 'cancellation'
        -- Interest of an open account is corrected after the posting; what is drawn from is settled.
        WHEN a.state <> 'open' AND a.interest_through >= greatest(l.covered_on, l.due_on) THEN 'interest_posted'
    END AS hold,
    -- A journal touches a person once: of several lines of one person and day each has its own.
    row_number() OVER (PARTITION BY l.resident_id, greatest(l.covered_on, l.due_on) ORDER BY l.seq) AS place
FROM subsidy_claim_lines AS l
INNER JOIN contributions AS c ON l.county_code = c.county_code AND l.contribution_id = c.id
LEFT JOIN accounts AS a ON l.county_code = a.county_code AND l.resident_id = a.resident_id
LEFT JOIN subsidy_postings AS p
    ON l.county_code = p.county_code AND l.claim_id = p.claim_id AND l.seq = p.seq AND NOT p.is_return
WHERE
    l.county_code = :county_code AND l.claim_id = :claim_id AND l.division_code BETWEEN :low AND :high
    AND l.waits AND l.is_live AND l.amount_fen > 0 AND l.covered_on IS NOT NULL AND p.seq IS NULL
