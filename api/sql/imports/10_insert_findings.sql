-- Findings of one piece of a file.
-- :county_code, :import_id, :round, :division_code  the import
-- :rows, :places, :columns, :codes, :messages, :severities  arrays of one length
INSERT INTO import_findings (
    county_code, import_id, round, row_no, place, division_code, column_name, code, message, severity
)
SELECT
    :county_code,
    :import_id,
    :round,
    f.row_no,
    f.place,
    :division_code,
    f.column_name,
    f.code,
    f.message,
    f.severity
FROM unnest(
    CAST(:rows AS int[]),
    CAST(:places AS smallint[]),
    CAST(:columns AS text[]),
    CAST(:codes AS text[]),
    CAST(:messages AS text[]),
    CAST(:severities AS text[])
) AS f (row_no, place, column_name, code, message, severity)
