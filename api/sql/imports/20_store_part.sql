-- A piece of a stored file. A piece that is judged once more replaces the earlier one and keeps what was taken of it.
-- :county_code, :import_id, :form, :part_no, :division_code, :content, :first_row, :last_row, :taken
INSERT INTO import_parts (
    county_code, import_id, form, part_no, division_code, content, first_row, last_row, taken
)
VALUES (
    :county_code, :import_id, :form, :part_no, :division_code, :content, :first_row, :last_row, :taken
)
ON CONFLICT (county_code, import_id, form, part_no) DO UPDATE
    SET
        content = excluded.content,
        first_row = excluded.first_row,
        last_row = excluded.last_row,
        taken = excluded.taken
