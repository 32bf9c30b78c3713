-- Interest. A journal of a run is booked under the town, so a village's staff see the line without its journal.
-- :county_code, :resident_id  the person
SELECT
    coalesce(
        j.business_date, (make_date(l.value_year, l.value_month, 1) + interval '1 month' - interval '1 day')::date
    ) AS on_day,
    coalesce(j.created_at, make_date(l.value_year, l.value_month, 28)::timestamptz) AS at,
    'interest' AS kind,
    l.journal_id AS ref,
    l.value_year || '-' || lpad(l.value_month::text, 2, '0') AS word,
    NULL::text AS detail,
    l.personal_fen + l.collective_fen + l.gov_fen AS amount_fen,
    j.maker_id AS actor_id,
    NULL::text AS subject_kind,
    NULL::bigint AS subject_id
FROM account_lines AS l
LEFT JOIN journals AS j ON l.county_code = j.county_code AND l.journal_id = j.id
WHERE
    l.county_code = :county_code
    AND l.resident_id = :resident_id
    AND (
        j.kind IN ('interest', 'settlement_interest', 'interest_correction')
        OR (
            j.kind IS NULL
            AND l.contribution_year IS NULL
            AND l.fund_fen = 0
            AND l.personal_fen + l.collective_fen + l.gov_fen > 0
        )
    )
