// name: found_nodes(text, whole, beginning, limit)
// Nodes whose names, codes or pinyin hold the text: the equal ones first, then those that begin with it. One row a node.
MATCH (n:Enterprise|Product|Technology|Institute|Center|Place|Chain|Sector)
WHERE n.search_text CONTAINS $text
RETURN n.id AS node_id, n.name_zh AS name_zh, n.name_en AS name_en, CASE WHEN n.search_text CONTAINS $whole THEN 0 WHEN n.search_text CONTAINS $beginning THEN 1 ELSE 2 END AS closeness
ORDER BY closeness, node_id
LIMIT $limit
