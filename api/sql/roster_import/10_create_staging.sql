-- Temporary tables of one import; they end with the transaction. Several statements, no parameters.
CREATE TEMP TABLE staged_households (
    place int,
    division_code bigint,
    number text COLLATE "C",
    village_group text COLLATE "C"
) ON COMMIT DROP;
CREATE TEMP TABLE staged_residents (
    row_no int,
    resident_id bigint,
    id_token uuid,
    division_code bigint,
    household_id bigint,
    document_kind text,
    name text COLLATE "C",
    pinyin text COLLATE "C",
    initials text COLLATE "C",
    sex text,
    birth_date date,
    ethnicity text COLLATE "C",
    hukou_kind text,
    address text COLLATE "C",
    village_group text COLLATE "C",
    relation text COLLATE "C",
    phone_sealed bytea,
    bank_account_sealed bytea,
    bank_account_index bytea,
    is_student boolean,
    employee_insured boolean,
    disability_grade smallint,
    dibao boolean,
    wubao boolean,
    land_taken boolean,
    remark text COLLATE "C"
) ON COMMIT DROP;
CREATE TEMP TABLE staged_facts (LIKE staged_residents) ON COMMIT DROP
