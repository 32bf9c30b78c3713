-- Where each of `people` (05_list_people) stands, and the reason that is told: of the excluded the kind of fact that
-- excludes, of those who have not joined the one that explains it. The steps from 15 on read it as `register`.
-- :excluding, :explaining  as in 05_list_people
SELECT
    people.*,
    CASE
        WHEN people.excluding_place IS NOT NULL THEN 'excluded'
        WHEN people.is_registered AND (people.has_paid OR people.is_drawing) THEN 'insured'
        WHEN people.is_registered THEN 'registered_unpaid'
        ELSE 'not_enrolled'
    END AS status,
    CASE
        WHEN people.excluding_place IS NOT NULL THEN (CAST(:excluding AS text[]))[people.excluding_place]
        WHEN NOT people.is_registered THEN (CAST(:explaining AS text[]))[people.explaining_place]
    END AS reason
FROM people
