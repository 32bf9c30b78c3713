-- title: 任何分账户在任何时候都不为负
SELECT
    county_code,
    resident_id,
    journal_id,
    personal_fen,
    collective_fen,
    gov_fen
FROM (
    SELECT
        county_code,
        resident_id,
        journal_id,
        sum(personal_fen) OVER in_order AS personal_fen,
        sum(collective_fen) OVER in_order AS collective_fen,
        sum(gov_fen) OVER in_order AS gov_fen
    FROM account_lines
    WINDOW in_order AS (PARTITION BY county_code, resident_id ORDER BY journal_id, value_year)
) AS running
WHERE personal_fen < 0 OR collective_fen < 0 OR gov_fen < 0
