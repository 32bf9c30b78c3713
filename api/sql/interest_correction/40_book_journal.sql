-- The journal of the corrections of one closing.
-- :county_code, :journal_id, :division_code  which, and the unit that all its persons lie in
-- :booked_on, :dedup_key                     its day in the books, and its key
-- :maker_id, :checker_id                     the two persons behind the posting that made the interest wrong
INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, checker_id)
VALUES (
    :county_code, :journal_id, :division_code, 'interest_correction', :booked_on, :dedup_key, :maker_id, :checker_id
)
