-- Participation counts per village at a reporting date (policy.md §8), of `people` (05_list_people, whose parameters it
-- takes).
SELECT
    people.division_code,
    count(*) AS eligible,
    count(*) FILTER (WHERE people.is_registered) AS registered,
    count(*) FILTER (WHERE people.is_registered AND (people.has_paid OR people.is_drawing)) AS insured,
    count(*) FILTER (WHERE people.is_registered AND people.is_drawing) AS recipients,
    count(*) FILTER (WHERE NOT people.is_working_age) AS entitled,
    count(*) FILTER (WHERE people.is_working_age) AS working_age_eligible,
    count(*) FILTER (
        WHERE people.is_working_age AND people.is_registered AND (people.has_paid OR people.is_drawing)
    ) AS working_age_insured
FROM people
WHERE people.excluding_place IS NULL
GROUP BY people.division_code
ORDER BY people.division_code
