-- The names of enterprises that stand in two places at one time of which none lies in the other.
WITH stands AS (
    SELECT from_id, regexp_replace(to_id, '(00)+$', '') AS code, coalesce(valid_from, '-infinity'::DATE) AS since,
        coalesce(valid_to, 'infinity'::DATE) AS until
    FROM ({edges})
)
SELECT name_zh FROM ({things})
WHERE id IN (
    SELECT one.from_id FROM stands AS one JOIN stands AS other ON one.from_id = other.from_id
    WHERE one.since < other.until AND other.since < one.until
        AND NOT starts_with(one.code, other.code) AND NOT starts_with(other.code, one.code)
)
ORDER BY name_zh
