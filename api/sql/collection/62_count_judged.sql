-- Lines and money of each file by what is made of them; the towns in which something is booked. No parameters.
SELECT
    file_no,
    verdict,
    succeeded,
    CASE WHEN verdict = 'ok' THEN town END AS town,
    count(*) AS lines,
    coalesce(sum(said_fen), 0)::bigint AS said_fen
FROM collection_judged
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
