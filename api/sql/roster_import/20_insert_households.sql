-- Households of the file that their village does not have yet.
-- :county_code  county of the import
INSERT INTO households (county_code, id, division_code, number, village_group)
SELECT
    :county_code,
    :county_code * 10000000000 + nextval('serials') AS id,
    staged.division_code,
    staged.number,
    staged.village_group
FROM staged_households AS staged
WHERE
    NOT EXISTS (
        SELECT 1
        FROM households AS known
        WHERE
            known.county_code = :county_code
            AND known.division_code = staged.division_code
            AND known.number = staged.number
    )
ORDER BY staged.place
ON CONFLICT DO NOTHING
