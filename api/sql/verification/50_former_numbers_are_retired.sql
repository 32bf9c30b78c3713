-- title: 停用的证件号码无人使用，曾用的证件号码都已停用或经解除
SELECT
    r.county_code,
    r.id AS resident_id,
    NULL AS document_id
FROM residents AS r
INNER JOIN retired_numbers AS n ON r.county_code = n.county_code AND r.id_token = n.id_token
WHERE n.released_at IS NULL
UNION ALL
SELECT
    d.county_code,
    d.resident_id,
    d.id
FROM resident_documents AS d
INNER JOIN residents AS r ON d.county_code = r.county_code AND d.resident_id = r.id
LEFT JOIN retired_numbers AS n ON d.county_code = n.county_code AND d.id_token = n.id_token
WHERE d.kind IN ('resident_id', 'resident_id_15') AND d.id_token <> r.id_token AND n.id_token IS NULL
