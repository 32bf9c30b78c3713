-- title: 核定、批次、冲正、缴存均由两人办理
SELECT
    county_code,
    id,
    'awards' AS table_name,
    proposed_by_id AS maker_id,
    decided_by_id AS checker_id
FROM awards
WHERE decided_by_id IN (proposed_by_id, 1) OR (state <> 'proposed' AND decided_by_id IS NULL)
UNION ALL
SELECT
    county_code,
    id,
    'payment_runs',
    maker_id,
    checker_id
FROM payment_runs
WHERE checker_id IN (maker_id, 1) OR (state IN ('approved', 'sent', 'closed') AND checker_id IS NULL)
UNION ALL
SELECT
    county_code,
    id,
    'runs',
    maker_id,
    checker_id
FROM runs
WHERE checker_id IN (maker_id, 1) OR (state IN ('approved', 'posted', 'closed') AND checker_id IS NULL)
UNION ALL
SELECT
    county_code,
    id,
    'contributions',
    recorded_by_id,
    reversed_by_id
FROM contributions
WHERE reversed_by_id IN (recorded_by_id, 1) OR (state = 'reversed' AND reversed_by_id IS NULL)
UNION ALL
SELECT
    county_code,
    id,
    'remittances',
    collector_id,
    confirmed_by_id
FROM remittances
WHERE confirmed_by_id IN (collector_id, 1)
UNION ALL
SELECT
    f.county_code,
    f.id,
    'bank_files',
    r.maker_id,
    f.made_by_id
FROM bank_files AS f
JOIN payment_runs AS r ON f.county_code = r.county_code AND f.run_id = r.id
WHERE f.made_by_id IN (r.maker_id, r.checker_id, 1)
UNION ALL
SELECT
    b.county_code,
    b.id,
    'bank_returns',
    r.maker_id,
    b.loaded_by_id
FROM bank_returns AS b
JOIN payment_runs AS r ON b.county_code = r.county_code AND b.run_id = r.id
WHERE b.loaded_by_id IN (r.maker_id, r.checker_id, 1)
UNION ALL
SELECT
    county_code,
    id,
    'settlements',
    computed_by_id,
    approved_by_id
FROM settlements
WHERE
    approved_by_id IN (computed_by_id, 1) OR paid_by_id IN (computed_by_id, approved_by_id, 1)
    OR (state IN ('approved', 'paid', 'closed', 'reversed') AND approved_by_id IS NULL)
    OR (state = 'paid' AND paid_by_id IS NULL)
UNION ALL
SELECT
    county_code,
    id,
    'recoveries',
    demanded_by_id,
    confirmed_by_id
FROM recoveries
WHERE confirmed_by_id IN (demanded_by_id, 1) OR (state = 'repaid' AND confirmed_by_id IS NULL)
