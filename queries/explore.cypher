// name: found_nodes(text, limit)
// Nodes whose names, codes or pinyin hold the text: equal names first, then those that begin with it. One row a node.
MATCH (n:Enterprise|Product|Technology|Institute|Center|Place|Chain|Sector)
WHERE n.search_text CONTAINS $text
RETURN n.id AS node_id, n.name_zh AS name_zh, n.name_en AS name_en, CASE WHEN n.search_text = $text OR n.search_text STARTS WITH $text + ' ' THEN 0 WHEN n.search_text CONTAINS ' ' + $text + ' ' OR n.search_text ENDS WITH ' ' + $text THEN 1 WHEN n.search_text STARTS WITH $text THEN 2 WHEN n.search_text CONTAINS ' ' + $text THEN 3 ELSE 4 END AS closeness
ORDER BY closeness, node_id
LIMIT $limit
