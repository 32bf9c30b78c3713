-- The id of a house.
-- :county_code, :division_code, :number  the house
SELECT id
FROM households
WHERE county_code = :county_code AND division_code = :division_code AND number = :number
