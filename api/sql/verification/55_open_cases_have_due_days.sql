-- title: 在办登记都有到达日和办理期限，已结登记没有期限
SELECT
    county_code,
    id,
    'enrolments' AS table_name,
    state,
    since_on,
    due_on
FROM enrolments
WHERE
    (state IN ('draft', 'village_checked', 'township_reviewed')) <> (due_on IS NOT NULL)
    OR (due_on IS NOT NULL AND (since_on IS NULL OR due_on < since_on))
UNION ALL
SELECT
    county_code,
    id,
    'change_requests',
    state,
    since_on,
    due_on
FROM change_requests
WHERE
    (state IN ('draft', 'village_checked', 'township_reviewed')) <> (due_on IS NOT NULL)
    OR (due_on IS NOT NULL AND (since_on IS NULL OR due_on < since_on))
