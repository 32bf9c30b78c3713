-- Pairs of people worth comparing, the smaller id first, with what is compared of each.
-- :county_code  county of the unit
-- :low, :high   the unit
WITH people AS MATERIALIZED (
    SELECT
        id,
        division_code,
        household_id,
        name,
        pinyin,
        birth_date,
        sex,
        document_kind,
        id_token,
        bank_account_index
    FROM residents
    WHERE county_code = :county_code AND division_code BETWEEN :low AND :high AND status <> 'merged'
),

candidates AS (
    SELECT
        a.id AS first_id,
        b.id AS second_id
    FROM people AS a
    INNER JOIN people AS b ON a.name = b.name AND a.birth_date = b.birth_date AND a.id < b.id
    UNION
    -- One part of the birth date differs, or month and day are swapped.
    SELECT
        a.id AS first_id,
        b.id AS second_id
    FROM people AS a
    INNER JOIN people AS b ON a.name = b.name AND a.division_code = b.division_code AND a.id < b.id
    WHERE
        (
            date_part('month', a.birth_date) = date_part('month', b.birth_date)
            AND date_part('day', a.birth_date) = date_part('day', b.birth_date)
        )
        OR (
            date_part('year', a.birth_date) = date_part('year', b.birth_date)
            AND (
                date_part('month', a.birth_date) = date_part('month', b.birth_date)
                OR date_part('day', a.birth_date) = date_part('day', b.birth_date)
                OR (
                    date_part('month', a.birth_date) = date_part('day', b.birth_date)
                    AND date_part('day', a.birth_date) = date_part('month', b.birth_date)
                )
            )
        )
    UNION
    SELECT
        a.id AS first_id,
        b.id AS second_id
    FROM people AS a
    INNER JOIN people AS b
        ON
            a.pinyin = b.pinyin AND a.birth_date = b.birth_date AND a.division_code = b.division_code
            AND a.id < b.id
    UNION
    SELECT
        a.id AS first_id,
        b.id AS second_id
    FROM people AS a
    INNER JOIN people AS b
        ON
            a.household_id = b.household_id AND a.birth_date = b.birth_date AND a.sex = b.sex
            AND a.id < b.id
    UNION
    -- A house may share an account, and so may a village whose list was filled in carelessly: never by it alone.
    SELECT
        a.id AS first_id,
        b.id AS second_id
    FROM people AS a
    INNER JOIN people AS b
        ON a.bank_account_index = b.bank_account_index AND a.name = b.name AND a.id < b.id
    UNION
    SELECT
        a.id AS first_id,
        b.id AS second_id
    FROM people AS a
    INNER JOIN people AS b
        ON a.bank_account_index = b.bank_account_index AND a.pinyin = b.pinyin AND a.id < b.id
    UNION
    SELECT
        a.id AS first_id,
        b.id AS second_id
    FROM people AS a
    INNER JOIN people AS b
        ON a.bank_account_index = b.bank_account_index AND a.birth_date = b.birth_date AND a.id < b.id
)

SELECT
    a.id AS first_id,
    a.division_code AS first_division_code,
    a.household_id AS first_household_id,
    a.name AS first_name,
    a.pinyin AS first_pinyin,
    a.birth_date AS first_birth_date,
    a.sex AS first_sex,
    a.document_kind AS first_document_kind,
    a.id_token AS first_id_token,
    a.bank_account_index AS first_bank_account_index,
    b.id AS second_id,
    b.division_code AS second_division_code,
    b.household_id AS second_household_id,
    b.name AS second_name,
    b.pinyin AS second_pinyin,
    b.birth_date AS second_birth_date,
    b.sex AS second_sex,
    b.document_kind AS second_document_kind,
    b.id_token AS second_id_token,
    b.bank_account_index AS second_bank_account_index
FROM candidates AS c
INNER JOIN people AS a ON c.first_id = a.id
INNER JOIN people AS b ON c.second_id = b.id
