-- The code of the finest place that each record asked about is said to be in; null where none is.
SELECT any_value(code) AS code
FROM asked LEFT JOIN (
    SELECT from_id, max(substr(to_id, 7)) AS code FROM claims_LOCATED_IN WHERE to_id LIKE 'place:%' GROUP BY from_id
) ON from_id = id
GROUP BY i ORDER BY i
