-- People of a village with an account by the end of a year, in the order of its roll: group, house, person.
-- :county_code, :division_code  the village
-- :village_group                one group, or null for all
-- :year                         accounts opened later are left out
-- :maximum                      people at most
SELECT a.resident_id
FROM accounts AS a
INNER JOIN residents AS r ON a.county_code = r.county_code AND a.resident_id = r.id
WHERE
    a.county_code = :county_code
    AND a.division_code = :division_code
    AND a.opened_on < make_date(:year + 1, 1, 1)
    AND (CAST(:village_group AS text) IS NULL OR r.village_group = :village_group)
ORDER BY coalesce(r.village_group, ''), coalesce(r.household_id, 0), r.id
LIMIT :maximum
