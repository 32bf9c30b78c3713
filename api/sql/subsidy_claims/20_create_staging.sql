-- What a claim being computed consists of, one row per contribution or month; gone with the transaction.
CREATE TEMP TABLE due_items (
    resident_id bigint,
    division_code bigint,
    contribution_id bigint,
    contribution_year smallint,
    month date,
    due_kind text,
    tier_fen bigint,
    origin text,
    due_on date,
    split_on date,
    covered_month date,
    waits boolean,
    turn integer,
    owed_fen bigint,
    is_return boolean,
    amount_fen bigint,
    central_fen bigint,
    province_fen bigint,
    city_fen bigint,
    county_fen bigint,
    town_fen bigint
) ON COMMIT DROP
