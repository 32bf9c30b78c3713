-- One hash over every row in order: who, what, what is to be done, and what the register held. Texts carry their length,
-- so that no two rows read the same.
-- :county_code, :list_id
SELECT
    count(*) AS heads,
    encode(
        sha256(string_agg(
            sha256(
                int8send(seq) || int8send(coalesce(file_row, 0)) || uuid_send(id_token) || int8send(coalesce(resident_id, 0))
                || int8send(coalesce(fact_id, 0)) || int8send(paid_after_fen) || int4send(paid_after_months)
                || date_send(coalesce(happened_on, '0001-01-01')) || date_send(coalesce(held_on, '0001-01-01'))
                || date_send(coalesce(until_on, '0001-01-01'))
                || int4send(length(name)) || convert_to(name, 'UTF8')
                || int4send(length(coalesce(value, '-'))) || convert_to(coalesce(value, '-'), 'UTF8')
                || int4send(length(coalesce(held_value, '-'))) || convert_to(coalesce(held_value, '-'), 'UTF8')
                || int4send(length(coalesce(paper, '-'))) || convert_to(coalesce(paper, '-'), 'UTF8')
                || int4send(length(coalesce(reason, '-'))) || convert_to(coalesce(reason, '-'), 'UTF8')
                || int4send(length(outcome)) || convert_to(outcome, 'UTF8')
                || int4send(length(effect)) || convert_to(effect, 'UTF8')
                || boolsend(is_chosen) || boolsend(is_by_hand)
            ), ''::bytea ORDER BY seq
        )), 'hex'
    ) AS digest
FROM department_list_rows
WHERE county_code = :county_code AND list_id = :list_id
