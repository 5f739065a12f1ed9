-- What became of the rows of each table: `loaded`, of which some claim is the first on its thing, `merged`, of which another
-- row says all. What a row says of nodes counts, and of edges only where it speaks of no node.
SELECT dataset, file, count(*) FILTER (is_first) AS loaded, count(*) FILTER (NOT is_first) AS merged
FROM (
    SELECT dataset, file, row, coalesce(bool_or(is_first) FILTER (is_node), bool_or(is_first)) AS is_first
    FROM ({claims}) GROUP BY ALL
) GROUP BY ALL ORDER BY ALL
