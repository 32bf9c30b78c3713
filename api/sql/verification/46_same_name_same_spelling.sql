-- title: 同名的人拼音一致，按拼音查找不会遗漏
SELECT
    county_code,
    min(id) AS resident_id,
    count(DISTINCT pinyin) AS spellings
FROM residents
GROUP BY county_code, name
HAVING count(DISTINCT pinyin) > 1
