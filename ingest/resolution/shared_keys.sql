-- The keys that several records share: the key, their ids in the order of lists, and the most that one list has.
WITH shared AS (
    SELECT key, list(DISTINCT id ORDER BY id) AS ids, list(id ORDER BY part, id) AS in_order, max(per_part) AS most
    FROM (SELECT *, count(DISTINCT id) OVER (PARTITION BY key, part) AS per_part FROM keyed WHERE key IS NOT NULL)
    GROUP BY key
)
SELECT key, in_order, most FROM shared WHERE len(ids) > 1 ORDER BY key
