-- Posts a list's open lines of one town: balances, account lines and contributions in one statement, so that none of them
-- can exist without the others. The accounts are locked by an earlier step.
-- :county_code, :list_id      the list
-- :low, :high                 the town
-- :journal_id                 the town's journal
-- :kind, :contribution_year   what the money is, and for which year
-- :arrived_on                 value date: the day on which the money arrived
-- :law_serial                 state of the dated law at the posting
-- :maker_id                   who handed the list in
WITH listed AS MATERIALIZED (
    SELECT
        l.line_no,
        l.resident_id,
        l.amount_fen,
        r.division_code,
        CAST(:county_code AS bigint) * 10000000000 + nextval('serials') AS contribution_id
    FROM payer_list_lines AS l
    INNER JOIN residents AS r ON l.county_code = r.county_code AND l.resident_id = r.id
    WHERE
        l.county_code = :county_code AND l.list_id = :list_id AND l.state = 'listed'
        AND r.division_code BETWEEN :low AND :high
),

changed AS (
    UPDATE accounts AS a
    SET collective_fen = a.collective_fen + listed.amount_fen
    FROM listed
    WHERE a.county_code = :county_code AND a.resident_id = listed.resident_id AND a.state = 'open'
    RETURNING a.resident_id
),

posted AS (
    INSERT INTO account_lines (
        county_code, resident_id, journal_id, value_year, value_month, division_code, collective_fen, contribution_year
    )
    SELECT
        :county_code,
        listed.resident_id,
        :journal_id,
        extract(YEAR FROM CAST(:arrived_on AS date)),
        extract(MONTH FROM CAST(:arrived_on AS date)),
        listed.division_code,
        listed.amount_fen,
        :contribution_year
    FROM listed
    INNER JOIN changed ON listed.resident_id = changed.resident_id
    ORDER BY listed.resident_id
),

recorded AS (
    INSERT INTO contributions (
        county_code, id, resident_id, division_code, contribution_year, kind, instalment, payer_list_id, tier_fen,
        amount_fen, subsidy_fen, paid_on, channel, journal_id, law_serial, recorded_by_id
    )
    SELECT
        :county_code,
        listed.contribution_id,
        listed.resident_id,
        listed.division_code,
        :contribution_year,
        :kind,
        0,
        :list_id,
        0,
        listed.amount_fen,
        0,
        :arrived_on,
        'bank_transfer',
        :journal_id,
        :law_serial,
        :maker_id
    FROM listed
    INNER JOIN changed ON listed.resident_id = changed.resident_id
    ORDER BY listed.contribution_id
),

marked AS (
    UPDATE payer_list_lines AS l
    SET
        state = 'posted',
        contribution_id = listed.contribution_id
    FROM listed
    INNER JOIN changed ON listed.resident_id = changed.resident_id
    WHERE l.county_code = :county_code AND l.list_id = :list_id AND l.line_no = listed.line_no
)

SELECT
    count(*) AS line_count,
    coalesce(sum(listed.amount_fen), 0) AS total_fen
FROM listed
INNER JOIN changed ON listed.resident_id = changed.resident_id
