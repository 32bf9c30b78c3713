-- The journal of a town's postings.
-- :county_code, :journal_id, :town_code, :kind    which: subsidy or late_subsidy_interest
-- :business_date, :dedup_key                      its day in the books, and the key that makes it happen once
-- :maker_id, :checker_id                          who computed the claim, and who posts what arrived
INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, checker_id)
VALUES (:county_code, :journal_id, :town_code, :kind, :business_date, :dedup_key, :maker_id, :checker_id)
