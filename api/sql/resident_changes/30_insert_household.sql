-- The house under a 户号, unless the village has it.
-- :county_code, :division_code, :number  the house
-- :village_group                         its group
INSERT INTO households (county_code, id, division_code, number, village_group)
VALUES (
    :county_code,
    :county_code * 10000000000 + nextval('serials'),
    :division_code,
    :number,
    :village_group
)
ON CONFLICT DO NOTHING
