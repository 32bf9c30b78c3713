-- One hash per town over its lines in order: amounts, what government adds, the person and the account. The service
-- hashes the hashes. Town by town, so that memory stays bounded; compared with what the checker approved.
-- Parameters: county_code, batch_id.
SELECT
    division_code / 1000 * 1000 AS town,
    encode(sha256(string_agg(
        int8send(seq) || int8send(resident_id) || int8send(division_code) || int2send(contribution_year)
        || convert_to(kind, 'UTF8') || int2send(instalment) || int2send(paid_before) || int8send(tier_fen)
        || int8send(amount_fen) || int8send(government_paid_fen) || int8send(subsidy_fen)
        || int8send(waiting_subsidy_fen) || uuid_send(id_token)
        || int4send(length(name)) || convert_to(name, 'UTF8') || bank_account_sealed
        || coalesce(bank_account_index, ''::bytea), ''::bytea ORDER BY seq
    )), 'hex') AS digest
FROM collection_lines
WHERE county_code = :county_code AND batch_id = :batch_id
GROUP BY division_code / 1000 * 1000
ORDER BY town
