-- Of each person and instalment the last deduction that failed, unless it has been paid since.
-- Parameters: county_low, county_high, low, high, contribution_year, year_kinds, after_resident, after_instalment, most.
WITH failed AS MATERIALIZED (
    SELECT DISTINCT ON (l.resident_id, l.instalment)
        l.county_code,
        l.resident_id,
        l.instalment,
        l.name,
        l.division_code,
        l.amount_fen,
        o.reason,
        b.sent_on
    FROM collection_outcomes AS o
    JOIN collection_batches AS b ON o.county_code = b.county_code AND o.batch_id = b.id
    JOIN collection_lines AS l ON o.county_code = l.county_code AND o.batch_id = l.batch_id AND o.seq = l.seq
    WHERE
        o.county_code BETWEEN :county_low AND :county_high AND o.division_code BETWEEN :low AND :high
        AND o.result = 'failed' AND b.contribution_year = :contribution_year
        AND (l.resident_id, l.instalment) > (:after_resident, :after_instalment)
    ORDER BY l.resident_id ASC, l.instalment ASC, o.batch_id DESC
)

SELECT
    f.resident_id,
    f.name,
    f.division_code,
    f.instalment,
    f.amount_fen,
    coalesce(f.reason, '') AS reason,
    f.sent_on,
    EXISTS(
        SELECT FROM collection_lines AS n
        JOIN collection_batches AS m ON n.county_code = m.county_code AND n.batch_id = m.id
        LEFT JOIN collection_outcomes AS p ON n.county_code = p.county_code AND n.batch_id = p.batch_id AND n.seq = p.seq
        WHERE
            n.county_code = f.county_code AND n.resident_id = f.resident_id AND n.contribution_year = :contribution_year
            AND m.state IN ('sent', 'posted') AND p.seq IS NULL
    ) AS is_deducted_again
FROM failed AS f
WHERE
    NOT EXISTS (
        SELECT FROM contributions AS c
        WHERE
            c.county_code = f.county_code AND c.resident_id = f.resident_id AND c.contribution_year = :contribution_year
            AND c.state = 'posted' AND c.kind = ANY(CAST(:year_kinds AS text[])) AND c.instalment IN (0, f.instalment)
    )
ORDER BY f.resident_id, f.instalment
LIMIT :most
