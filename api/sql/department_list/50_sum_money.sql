-- The chosen rows of a list in groups of people to whom the same happens: whether they are insured and still of an age to
-- pay, by which tier, whether they draw, how severe the disability is before and after, and whether government pays for
-- them for another reason.
-- :county_code, :list_id
-- :severe        grade up to which a disability is severe
-- :born_after    who was born on that day or before has reached the age of benefit on the day of the list
-- :kind          kind of the list
-- :groups        other groups for whom government pays, beside the one of the list
SELECT
    k.direction,
    e.id IS NOT NULL AND r.birth_date > :born_after AS insured,
    coalesce(e.tier_fen, 0) AS tier_fen,
    coalesce(b.state IN ('active', 'suspended'), false) AS drawing,
    coalesce(k.before <= :severe, false) AS severe_before,
    coalesce(k.after <= :severe, false) AS severe_after,
    (
        ('severely_disabled' = any(:groups) AND :kind <> 'disability' AND coalesce(r.disability_grade <= :severe, false))
        OR ('dibao' = any(:groups) AND :kind <> 'dibao' AND r.dibao)
        OR ('wubao' = any(:groups) AND :kind <> 'wubao' AND r.wubao)
    ) AS paid_for_otherwise,
    count(*) AS persons,
    coalesce(sum(b.account_pension_fen) FILTER (WHERE b.state IN ('active', 'suspended')), 0)::bigint
        AS account_pension_fen
FROM (
    SELECT
        county_code,
        resident_id,
        CASE effect WHEN 'end' THEN -1 WHEN 'change' THEN 0 ELSE 1 END AS direction,
        held_value::int AS before,
        CASE WHEN effect <> 'end' THEN value::int END AS after
    FROM department_list_rows
    WHERE county_code = :county_code AND list_id = :list_id AND is_chosen
) AS k
INNER JOIN residents AS r ON k.county_code = r.county_code AND k.resident_id = r.id
LEFT JOIN enrolments AS e
    ON k.county_code = e.county_code AND k.resident_id = e.resident_id AND e.state = 'county_approved'
LEFT JOIN benefits AS b ON k.county_code = b.county_code AND k.resident_id = b.resident_id
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY 1, 2, 3, 4, 5, 6, 7
