-- title: 待查款项中每份名单的余额等于未入账、未退回各行之和
WITH held AS (
    SELECT
        county_code,
        party_id AS list_id,
        sum(credit_fen - debit_fen) AS held_fen
    FROM fund_lines
    WHERE fund_account = 'suspense'
    GROUP BY county_code, party_id
),

told AS (
    SELECT
        p.county_code,
        p.id AS list_id,
        coalesce(sum(l.amount_fen) FILTER (
            WHERE
            l.state IN ('listed', 'left', 'reversed')
            -- Given to other persons, but their list has not taken it over yet.
            OR (l.state = 'readdressed' AND s.confirmed_by_id IS NULL)
        ), 0) AS told_fen
    FROM payer_lists AS p
    JOIN payer_list_lines AS l ON p.county_code = l.county_code AND p.id = l.list_id
    LEFT JOIN payer_lists AS s ON l.county_code = s.county_code AND l.readdressed_to_id = s.id
    WHERE p.confirmed_by_id IS NOT NULL
    GROUP BY p.county_code, p.id
)

SELECT
    p.county_code,
    p.id AS list_id,
    coalesce(h.held_fen, 0) AS held_fen,
    coalesce(t.told_fen, 0) AS told_fen
FROM payer_lists AS p
LEFT JOIN held AS h ON p.county_code = h.county_code AND p.id = h.list_id
LEFT JOIN told AS t ON p.county_code = t.county_code AND p.id = t.list_id
WHERE coalesce(h.held_fen, 0) <> coalesce(t.told_fen, 0)
