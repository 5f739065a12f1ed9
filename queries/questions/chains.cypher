// name: chains_with_makers(areas)
// Every chain: its products, those with a maker on record, those with one in the areas, and these makers. One row a chain.
MATCH (c:Chain)
OPTIONAL MATCH (c)<-[:PART_OF]-(p:Product)
OPTIONAL MATCH (p)<-[s:CAN_SUPPLY]-(m:Enterprise|Plant)-[:IN_AREA]->(a:Area)
WHERE a.id IN $areas AND s.is_site
RETURN c.id AS chain_id, c.name_zh AS name_zh, c.name_en AS name_en,
       count(DISTINCT p.id) AS products,
       count(DISTINCT CASE WHEN p.makers > 0 THEN p.id END) AS with_maker,
       count(DISTINCT CASE WHEN s.maker_id IS NOT NULL THEN p.id END) AS with_local_maker,
       count(DISTINCT s.maker_id) AS local_makers
ORDER BY chain_id

// name: chain_technologies()
// Technologies that the products of each chain need, and how many of them are on the chokepoint list. One row a chain.
MATCH (c:Chain)<-[:PART_OF]-(:Product)-[:NEEDS]->(t:Technology)
RETURN c.id AS chain_id, count(DISTINCT t.id) AS technologies, count(DISTINCT CASE WHEN t.is_key THEN t.id END) AS key_technologies
ORDER BY chain_id

// name: chain_products()
// Which products each chain has. One row a product of a chain.
MATCH (c:Chain)<-[:PART_OF]-(p:Product)
RETURN DISTINCT c.id AS chain_id, p.id AS product_id
ORDER BY chain_id, product_id
