-- One hash over the lines of a batch in order. Parameters: county_code, opening_id.
SELECT
    count(*) AS lines,
    encode(sha256(coalesce(string_agg(
        int8send(seq) || int8send(resident_id) || int8send(division_code) || uuid_send(id_token)
        || convert_to(name, 'UTF8'), ''::bytea ORDER BY seq
    ), ''::bytea)), 'hex') AS digest
FROM account_opening_lines
WHERE county_code = :county_code AND opening_id = :opening_id
