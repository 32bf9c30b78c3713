-- Lines that are not booked, in the order of the files. No parameters.
SELECT
    file_no,
    number,
    succeeded,
    seq,
    verdict,
    detail,
    said_fen
FROM collection_judged
WHERE verdict <> 'ok'
ORDER BY file_no, number
