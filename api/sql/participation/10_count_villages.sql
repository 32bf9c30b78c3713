-- Participation counts per village at a reporting date (policy.md §8), of `people` (05_list_people, whose parameters it
-- takes). Filters instead of a WHERE: the planner takes a condition on the facts for a handful of people, and sorts.
SELECT
    people.division_code,
    count(*) FILTER (WHERE people.excluding_place IS NULL) AS eligible,
    count(*) FILTER (WHERE people.excluding_place IS NULL AND people.is_registered) AS registered,
    count(*) FILTER (
        WHERE people.excluding_place IS NULL AND people.is_registered AND (people.has_paid OR people.is_drawing)
    ) AS insured,
    count(*) FILTER (
        WHERE people.excluding_place IS NULL AND people.is_registered AND people.is_drawing
    ) AS recipients,
    count(*) FILTER (WHERE people.excluding_place IS NULL AND NOT people.is_working_age) AS entitled,
    count(*) FILTER (WHERE people.excluding_place IS NULL AND people.is_working_age) AS working_age_eligible,
    count(*) FILTER (
        WHERE
        people.excluding_place IS NULL
        AND people.is_working_age
        AND people.is_registered
        AND (people.has_paid OR people.is_drawing)
    ) AS working_age_insured
FROM people
GROUP BY people.division_code
HAVING count(*) FILTER (WHERE people.excluding_place IS NULL) > 0
ORDER BY people.division_code
