-- What government owes for contributions, less what it has been asked for: subsidies, or what it pays for people (代缴).
-- A contribution that is reversed, or that a settlement gave back, is worth nothing: what was claimed for it is taken back.
-- :county_code  county
-- :purpose      contribution_subsidy or government_paid
-- :cut_off_on   last day of the contributions
-- :as_of        day by whose end reversals and settlements count
-- :only_booked  true: only claims approved by :as_of count as asked for; false: every one that stands
WITH asked AS (
    SELECT
        l.contribution_id,
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
    GROUP BY l.contribution_id
),

put_in AS (
    SELECT
        p.contribution_id,
        sum(CASE WHEN p.is_return THEN -p.amount_fen ELSE p.amount_fen END) AS amount_fen
    FROM subsidy_postings AS p
    WHERE p.county_code = :county_code AND p.purpose = :purpose
    GROUP BY p.contribution_id
),

given_back AS (
    SELECT DISTINCT c.id
    FROM settlements AS s
    INNER JOIN contributions AS c ON s.county_code = c.county_code AND s.resident_id = c.resident_id
    WHERE
        s.county_code = :county_code AND NOT s.is_supplement AND s.state IN ('approved', 'paid', 'closed')
        AND s.approved_on <= :as_of AND c.paid_on > s.event_on AND c.id < s.id
),

owed AS (
    SELECT
        c.id,
        c.resident_id,
        c.division_code,
        c.contribution_year,
        c.tier_fen,
        c.paid_on,
        c.waiting_subsidy_fen,
        b.id IS NOT NULL AS is_given_back,
        CASE
            WHEN CAST(:purpose AS text) = 'contribution_subsidy' THEN c.subsidy_fen + c.waiting_subsidy_fen
            ELSE l.gov_fen - c.subsidy_fen
        END AS amount_fen,
        (c.state = 'posted' OR j.business_date > :as_of) AND b.id IS NULL AS is_good
    FROM contributions AS c
    LEFT JOIN given_back AS b ON c.id = b.id
    LEFT JOIN journals AS j ON c.county_code = j.county_code AND c.reversal_journal_id = j.id
    LEFT JOIN account_lines AS l
        ON
            c.county_code = l.county_code AND c.resident_id = l.resident_id AND c.journal_id = l.journal_id
            AND l.value_year = extract(YEAR FROM c.paid_on)
            AND CAST(:purpose AS text) = 'government_paid'
    WHERE
        c.county_code = :county_code AND c.paid_on <= :cut_off_on
        AND (CAST(:purpose AS text) <> 'government_paid' OR c.kind = 'government_paid')
)

SELECT
    o.resident_id,
    o.division_code,
    o.id AS contribution_id,
    o.contribution_year,
    CAST(NULL AS date) AS month,
    CAST(NULL AS text) AS due_kind,
    o.tier_fen,
    CAST(:purpose AS text) AS origin,
    o.paid_on AS due_on,
    o.paid_on AS split_on,
    CAST(NULL AS date) AS covered_month,
    -- What a settlement gave back was booked against what is not claimed yet, unless it never was in the account.
    CAST(:purpose AS text) = 'contribution_subsidy' AND o.waiting_subsidy_fen > 0
    AND NOT (o.is_given_back AND coalesce(p.amount_fen, 0) > 0) AS waits,
    coalesce(a.turn, 0) + 1 AS turn,
    o.amount_fen AS owed_fen,
    NOT o.is_good AS is_return,
    -a.amount_fen AS amount_fen,
    -a.central_fen AS central_fen,
    -a.province_fen AS province_fen,
    -a.city_fen AS city_fen,
    -a.county_fen AS county_fen,
    -a.town_fen AS town_fen
FROM owed AS o
LEFT JOIN asked AS a ON o.id = a.contribution_id
LEFT JOIN put_in AS p ON o.id = p.contribution_id
WHERE
    (o.is_good AND o.amount_fen > 0 AND coalesce(a.amount_fen, 0) = 0)
    OR (NOT o.is_good AND coalesce(a.amount_fen, 0) > 0)
