-- The journal of one town's interest.
-- :county_code, :journal_id, :town_code  which
-- :booked_on, :dedup_key                 its day in the books, and the key that makes it happen once
-- :maker_id, :checker_id, :run_id        the two persons, and the run they made and approved
INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, checker_id, run_id)
VALUES (:county_code, :journal_id, :town_code, 'interest', :booked_on, :dedup_key, :maker_id, :checker_id, :run_id)
