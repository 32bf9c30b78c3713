-- 缴费情况 of a unit: who has paid in a span, by tier, by rhythm, by special group, and altogether (policy.md §3.5).
-- A year asks by contribution year; a month by the day of payment. Whoever is insured, has an open account and has paid
-- nothing for the year, nor had it paid by government, is unpaid.
-- :county_code          county
-- :low, :high           the unit's division codes
-- :year                 contribution year
-- :by_year              whether the year is asked for, and not the days
-- :first_day, :last_day the days
-- :severe_grade         disability grades up to this one are severe
WITH counted AS (
    SELECT
        c.resident_id,
        c.kind,
        c.tier_fen,
        c.amount_fen,
        c.subsidy_fen
    FROM contributions AS c
    WHERE
        c.county_code = :county_code AND c.division_code BETWEEN :low AND :high AND c.state = 'posted'
        AND (
            (:by_year AND c.contribution_year = :year)
            OR (NOT :by_year AND c.paid_on BETWEEN :first_day AND :last_day)
        )
),

payers AS (
    SELECT
        resident_id,
        max(tier_fen) FILTER (WHERE kind IN ('annual', 'lump_sum')) AS tier_fen,
        bool_or(kind IN ('annual', 'lump_sum')) AS has_paid,
        bool_or(kind = 'make_up') AS has_made_up,
        bool_or(kind = 'government_paid') AS has_government,
        count(*) FILTER (WHERE kind = 'make_up') AS make_up_years,
        coalesce(sum(amount_fen) FILTER (WHERE kind IN ('annual', 'lump_sum')), 0) AS paid_fen,
        coalesce(sum(amount_fen) FILTER (WHERE kind = 'make_up'), 0) AS make_up_fen,
        coalesce(sum(amount_fen) FILTER (WHERE kind = 'government_paid'), 0) AS government_fen,
        coalesce(sum(amount_fen) FILTER (WHERE kind IN ('collective', 'sponsored', 'land')), 0) AS collective_fen,
        sum(subsidy_fen) AS subsidy_fen
    FROM counted
    GROUP BY resident_id
),

settled AS (
    SELECT DISTINCT c.resident_id
    FROM contributions AS c
    WHERE
        c.county_code = :county_code AND c.division_code BETWEEN :low AND :high AND c.state = 'posted'
        AND c.contribution_year = :year AND c.kind IN ('annual', 'lump_sum', 'government_paid')
),

people AS (
    SELECT
        coalesce(e.resident_id, p.resident_id) AS resident_id,
        coalesce(p.tier_fen, e.tier_fen, 0) AS tier_fen,
        coalesce(e.rhythm, 'yearly') AS rhythm,
        a.state = 'open' AND s.resident_id IS NULL AND e.resident_id IS NOT NULL AS is_unpaid,
        p.has_paid,
        p.has_made_up,
        p.has_government,
        p.make_up_years,
        p.paid_fen,
        p.make_up_fen,
        p.government_fen,
        p.collective_fen,
        p.subsidy_fen
    FROM (
        SELECT
            resident_id,
            tier_fen,
            rhythm
        FROM enrolments
        WHERE county_code = :county_code AND division_code BETWEEN :low AND :high AND state = 'county_approved'
    ) AS e
    FULL JOIN payers AS p ON e.resident_id = p.resident_id
    LEFT JOIN accounts AS a ON a.county_code = :county_code AND coalesce(e.resident_id, p.resident_id) = a.resident_id
    LEFT JOIN settled AS s ON coalesce(e.resident_id, p.resident_id) = s.resident_id
),

grouped AS (
    SELECT
        p.*,
        CASE
            WHEN r.disability_grade <= :severe_grade THEN 'severely_disabled'
            WHEN r.dibao THEN 'dibao'
            WHEN r.wubao THEN 'wubao'
            WHEN r.land_taken THEN 'land_taken'
            ELSE 'none'
        END AS special_group
    FROM people AS p
    LEFT JOIN residents AS r ON r.county_code = :county_code AND p.resident_id = r.id
)

SELECT
    CASE
        WHEN grouping(g.tier_fen) = 0 THEN 'tier'
        WHEN grouping(g.rhythm) = 0 THEN 'rhythm'
        WHEN grouping(g.special_group) = 0 THEN 'special_group'
        ELSE 'all'
    END AS dimension,
    g.tier_fen,
    g.rhythm,
    g.special_group,
    count(*) FILTER (WHERE g.has_paid) AS paid_persons,
    cast(coalesce(sum(g.paid_fen), 0) AS bigint) AS paid_fen,
    count(*) FILTER (WHERE g.is_unpaid) AS unpaid_persons,
    count(*) FILTER (WHERE g.has_made_up) AS make_up_persons,
    cast(coalesce(sum(g.make_up_years), 0) AS bigint) AS make_up_years,
    cast(coalesce(sum(g.make_up_fen), 0) AS bigint) AS make_up_fen,
    count(*) FILTER (WHERE g.has_government) AS government_persons,
    cast(coalesce(sum(g.government_fen), 0) AS bigint) AS government_fen,
    cast(coalesce(sum(g.collective_fen), 0) AS bigint) AS collective_fen,
    cast(coalesce(sum(g.subsidy_fen), 0) AS bigint) AS subsidy_fen
FROM grouped AS g
GROUP BY GROUPING SETS ((g.tier_fen), (g.rhythm), (g.special_group), ())
ORDER BY dimension, g.tier_fen, g.rhythm, g.special_group
