-- One hash per town over its lines in order: every amount, every source, the person and the account they go to. The
-- service hashes the hashes. Town by town, so that memory stays bounded; compared with what the checker approved.
-- Parameters: county_code, run_id.
SELECT
    division_code / 1000 * 1000 AS town,
    encode(sha256(string_agg(
        int8send(seq) || int8send(resident_id) || int8send(division_code) || date_send(month)
        || convert_to(kind, 'UTF8') || int8send(amount_fen) || int8send(basic_fen) || int8send(account_fen)
        || int8send(personal_fen) || int8send(collective_fen) || int8send(gov_fen) || int8send(fund_fen)
        || uuid_send(id_token) || int4send(length(name)) || convert_to(name, 'UTF8') || bank_account_sealed
        || coalesce(bank_account_index, ''::bytea), ''::bytea ORDER BY seq
    )), 'hex') AS digest
FROM payment_lines
WHERE county_code = :county_code AND run_id = :run_id
GROUP BY division_code / 1000 * 1000
ORDER BY town
