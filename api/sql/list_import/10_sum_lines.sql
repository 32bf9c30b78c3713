-- What a list has just credited to its people, by source, in fen.
-- :county_code   county of the list
-- :resident_ids  people of the list
-- :mark          an id that was given out before the list was taken: its journals have higher ones
SELECT
    coalesce(sum(personal_fen), 0) AS personal,
    coalesce(sum(collective_fen), 0) AS collective,
    coalesce(sum(gov_fen), 0) AS gov
FROM account_lines
WHERE
    county_code = :county_code
    AND resident_id = any(:resident_ids)
    AND journal_id > :mark
