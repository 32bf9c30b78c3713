-- What was judged by the old value within the period and stays as it is: contributions, and accounts settled within
-- a year that is not closed yet.
-- :low, :high          the layer's units
-- :county_low, :county_high  and counties
-- :first_on, :last_on  the period of the change
SELECT
    (
        SELECT count(*)
        FROM contributions AS c
        WHERE
            c.county_code BETWEEN :county_low AND :county_high
            AND c.division_code BETWEEN :low AND :high
            AND c.state = 'posted'
            AND c.paid_on BETWEEN :first_on AND :last_on
    ) AS contribution_count,
    (
        SELECT count(*)
        FROM accounts AS a
        WHERE
            a.county_code BETWEEN :county_low AND :county_high
            AND a.division_code BETWEEN :low AND :high
            AND a.interest_through BETWEEN :first_on AND :last_on
            AND extract(MONTH FROM a.interest_through) < 12
    ) AS settled_count
