-- Ids of the file's households, by their place in the list.
-- :county_code  county of the import
SELECT
    staged.place,
    known.id
FROM staged_households AS staged
INNER JOIN households AS known
    ON
        known.county_code = :county_code
        AND staged.division_code = known.division_code
        AND staged.number = known.number
