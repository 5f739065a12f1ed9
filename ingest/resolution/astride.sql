-- The names of enterprises that stand in two places of which none lies in the other.
WITH stands AS (SELECT from_id, regexp_replace(to_id, '(00)+$', '') AS code FROM ({edges}))
SELECT name_zh FROM ({things})
WHERE id IN (
    SELECT one.from_id FROM stands AS one JOIN stands AS other ON one.from_id = other.from_id
    WHERE NOT starts_with(one.code, other.code) AND NOT starts_with(other.code, one.code)
)
ORDER BY name_zh
