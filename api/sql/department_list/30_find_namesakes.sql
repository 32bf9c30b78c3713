-- For numbers that nobody of the unit has: people of the same name who were born within a year of what the number says, or
-- on the same day of another year within ten (a digit mistyped); not those whom another row names. At most five, the
-- nearest first.
-- :county_code   county of the list
-- :low, :high    unit of the list
UPDATE compared_rows AS c
SET
    outcome = 'same_name_other_id',
    candidates = n.ids
FROM (
    SELECT
        seq,
        jsonb_agg(id::text ORDER BY distance, id) AS ids
    FROM (
        SELECT
            s.seq,
            r.id,
            abs(r.birth_date - s.birth_date) AS distance,
            row_number() OVER (PARTITION BY s.seq ORDER BY abs(r.birth_date - s.birth_date), r.id) AS place
        FROM compared_rows AS s
        INNER JOIN residents AS r ON r.county_code = :county_code AND s.name = r.name
        WHERE
            s.outcome = 'not_found'
            AND r.division_code BETWEEN :low AND :high
            AND (
                abs(r.birth_date - s.birth_date) <= 366
                OR (
                    to_char(r.birth_date, 'MMDD') = to_char(s.birth_date, 'MMDD')
                    AND abs(r.birth_date - s.birth_date) <= 3653
                )
            )
            AND NOT EXISTS (
                SELECT FROM compared_rows AS k
                WHERE k.resident_id = r.id AND k.outcome <> 'removed'
            )
    ) AS near
    WHERE place <= 5
    GROUP BY seq
) AS n
WHERE c.seq = n.seq
