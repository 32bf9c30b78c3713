-- title: 每笔扣款成功的代扣都足额入账一次，代扣凭证只含这些，冲正等于本人那一笔
SELECT
    o.county_code,
    o.batch_id AS thing_id,
    o.seq AS place,
    'line_not_booked_whole' AS what
FROM collection_outcomes AS o
JOIN collection_lines AS l ON o.county_code = l.county_code AND o.batch_id = l.batch_id AND o.seq = l.seq
LEFT JOIN contributions AS c ON o.county_code = c.county_code AND o.contribution_id = c.id
LEFT JOIN account_lines AS a
    ON
        c.county_code = a.county_code AND c.resident_id = a.resident_id AND c.journal_id = a.journal_id
        AND extract(YEAR FROM c.paid_on) = a.value_year
WHERE
    o.result = 'deducted'
    AND (
        c.id IS NULL OR a.journal_id IS NULL OR c.resident_id <> l.resident_id OR c.channel <> 'bank_deduction'
        OR c.contribution_year <> l.contribution_year OR c.kind <> l.kind OR c.instalment <> l.instalment
        OR c.amount_fen <> l.amount_fen + l.government_paid_fen OR c.subsidy_fen <> l.subsidy_fen
        OR a.personal_fen <> l.amount_fen OR a.gov_fen <> l.government_paid_fen + l.subsidy_fen OR a.collective_fen <> 0
    )
UNION ALL
SELECT
    j.county_code,
    j.id,
    0,
    'journal_differs_from_lines'
FROM journals AS j
LEFT JOIN (
    SELECT
        c.county_code,
        c.journal_id,
        sum(l.amount_fen) AS amount_fen,
        count(*) AS lines
    FROM collection_outcomes AS o
    JOIN collection_lines AS l ON o.county_code = l.county_code AND o.batch_id = l.batch_id AND o.seq = l.seq
    JOIN contributions AS c ON o.county_code = c.county_code AND o.contribution_id = c.id
    GROUP BY c.county_code, c.journal_id
) AS t ON j.county_code = t.county_code AND j.id = t.journal_id
LEFT JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id AND f.fund_account = 'income_account'
LEFT JOIN (
    SELECT
        n.county_code,
        n.journal_id,
        count(*) AS lines
    FROM account_lines AS n
    JOIN journals AS k ON n.county_code = k.county_code AND n.journal_id = k.id AND k.kind = 'collection'
    GROUP BY n.county_code, n.journal_id
) AS p ON j.county_code = p.county_code AND j.id = p.journal_id
WHERE
    j.kind = 'collection'
    AND (
        t.lines IS NULL OR coalesce(f.debit_fen, 0) <> t.amount_fen OR coalesce(p.lines, 0) <> t.lines OR j.reverses_id IS NOT NULL
    )
UNION ALL
SELECT
    c.county_code,
    c.id,
    0,
    'reversal_differs'
FROM collection_outcomes AS o
JOIN contributions AS c ON o.county_code = c.county_code AND o.contribution_id = c.id AND c.state = 'reversed'
LEFT JOIN (
    SELECT
        county_code,
        journal_id,
        resident_id,
        sum(personal_fen) AS personal_fen,
        sum(gov_fen) AS gov_fen
    FROM account_lines
    GROUP BY county_code, journal_id, resident_id
) AS a ON c.county_code = a.county_code AND c.reversal_journal_id = a.journal_id AND c.resident_id = a.resident_id
LEFT JOIN (
    SELECT
        county_code,
        journal_id,
        coalesce(sum(credit_fen) FILTER (WHERE fund_account = 'income_account'), 0) AS income_fen
    FROM fund_lines
    GROUP BY county_code, journal_id
) AS f ON c.county_code = f.county_code AND c.reversal_journal_id = f.journal_id
WHERE
    a.resident_id IS NULL OR a.personal_fen + a.gov_fen <> -(c.amount_fen + c.subsidy_fen)
    OR f.income_fen IS DISTINCT FROM -a.personal_fen
