-- Two tables of this transaction: the lines of the bank's files as they came, and what is made of each. No parameters.
CREATE TEMPORARY TABLE collection_judged (
    file_no smallint,
    number bigint,
    succeeded boolean,
    seq bigint,
    verdict text COLLATE "C",
    detail text COLLATE "C",
    town bigint,
    resident_id bigint,
    division_code bigint,
    contribution_year smallint,
    kind text COLLATE "C",
    instalment smallint,
    tier_fen bigint,
    amount_fen bigint,
    said_fen bigint,
    government_paid_fen bigint,
    subsidy_fen bigint,
    waiting_subsidy_fen bigint,
    bank_code text COLLATE "C",
    reason text COLLATE "C"
) ON COMMIT DROP
