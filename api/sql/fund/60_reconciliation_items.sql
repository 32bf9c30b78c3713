-- Items that stand open between the bank's statement of an account and the books, as of a day: movements of either side
-- up to the day whose match does not hold yet, or reaches beyond the day. `is_timed` marks the latter.
-- :county_code   county
-- :account       the account
-- :until         last day that counts
-- :cut_id        matches and notes with a higher id were made later and are left out
-- :shown         how many are wanted
WITH movements AS (
    SELECT
        'line' AS side,
        b.id AS subject_id,
        b.booked_on AS moved_on,
        b.amount_fen,
        b.reference,
        NULL AS kind
    FROM bank_statement_lines AS b
    WHERE b.county_code = :county_code AND b.account = :account
    UNION ALL
    SELECT
        'journal',
        j.id,
        j.business_date,
        f.debit_fen - f.credit_fen,
        j.dedup_key,
        j.kind
    FROM fund_lines AS f
    INNER JOIN journals AS j ON f.county_code = j.county_code AND f.journal_id = j.id
    WHERE f.county_code = :county_code AND f.fund_account = :account AND f.party_id = 0
),

matched AS (
    SELECT
        i.side,
        i.subject_id,
        bool_and(m.moved_on <= :until) OVER (PARTITION BY i.match_id) AS is_whole
    FROM bank_matches AS h
    INNER JOIN bank_match_items AS i ON h.county_code = i.county_code AND h.id = i.match_id
    INNER JOIN movements AS m ON i.side = m.side AND i.subject_id = m.subject_id
    WHERE
        h.county_code = :county_code AND h.account = :account AND h.state = 'matched'
        AND h.effect_id <= :cut_id AND i.is_living
)

SELECT
    m.side,
    m.subject_id,
    m.moved_on,
    m.amount_fen,
    m.reference,
    m.kind,
    x.subject_id IS NOT NULL AS is_timed,
    (
        SELECT n.note FROM bank_item_notes AS n
        WHERE
            n.county_code = :county_code AND n.account = :account AND n.side = m.side AND n.subject_id = m.subject_id
            AND n.id <= :cut_id
        ORDER BY n.id DESC
        LIMIT 1
    ) AS note,
    count(*) OVER (PARTITION BY m.side) AS found,
    cast(sum(m.amount_fen) OVER (PARTITION BY m.side) AS bigint) AS total_fen
FROM movements AS m
LEFT JOIN matched AS x ON m.side = x.side AND m.subject_id = x.subject_id
WHERE m.moved_on <= :until AND (x.subject_id IS NULL OR NOT x.is_whole)
ORDER BY m.moved_on, m.side, m.subject_id
LIMIT :shown
