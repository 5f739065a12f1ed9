-- The nodes that have a property's value: kind 0, or 1 where the value was set aside.
CREATE OR REPLACE TABLE candidates AS
SELECT c.{property}::VARCHAR AS key, c.dataset, s.id AS entity, CASE WHEN a.id IS NULL THEN 0 ELSE 1 END AS kind
FROM claims_{label} c JOIN standing_{label} s USING (part, n)
LEFT JOIN (SELECT DISTINCT id, value FROM aside WHERE label = '{label}' AND property = '{property}') a
    ON c.id = a.id AND c.{property}::VARCHAR = a.value
WHERE c.{property} IS NOT NULL
