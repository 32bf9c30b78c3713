-- title: 补记缴费由两人办理，缴费凭证与利息更正凭证署名一致
SELECT
    b.county_code,
    b.id AS backdated_contribution_id,
    b.contribution_id
FROM backdated_contributions AS b
LEFT JOIN contributions AS c ON b.county_code = c.county_code AND b.contribution_id = c.id
LEFT JOIN journals AS j ON c.county_code = j.county_code AND c.journal_id = j.id
WHERE
    b.decided_by_id = b.proposed_by_id
    OR (
        b.state = 'approved'
        AND (
            c.id IS NULL
            OR (c.resident_id, c.paid_on, c.recorded_by_id) IS DISTINCT FROM (b.resident_id, b.paid_on, b.proposed_by_id)
            OR (j.maker_id, j.checker_id) IS DISTINCT FROM (b.proposed_by_id, b.decided_by_id)
        )
    )
