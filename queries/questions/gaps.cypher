// name: products(product_ids)
// What is known of some products. One row a product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
RETURN p.id AS product_id, p.name_zh AS name_zh, p.name_en AS name_en, p.is_essential AS is_essential, p.makers AS makers, p.needed_by AS needed_by, p.downstream AS downstream,
       coalesce(p.foreign_share_min, p.foreign_share) AS foreign_least, coalesce(p.foreign_share_max, p.foreign_share) AS foreign_most, p.foreign_basis AS foreign_basis, p.foreign_year AS foreign_year
ORDER BY product_id

// name: memberships(product_ids, chains)
// The chains that some products are part of, of those asked for, and the stages they have in them. One row a product and chain.
MATCH (p:Product)-[m:PART_OF]->(c:Chain)
WHERE p.id IN $product_ids AND (size($chains) = 0 OR c.id IN $chains)
RETURN p.id AS product_id, c.id AS chain_id, c.name_zh AS name_zh, m.stage AS stage
ORDER BY product_id, chain_id

// name: uses(product_ids)
// What some products go into directly. One row an INPUT_OF edge.
MATCH (p:Product)-[i:INPUT_OF]->(q:Product)
WHERE p.id IN $product_ids AND p.id <> q.id
RETURN p.id AS product_id, q.id AS used_in_id, i.id AS edge_id
ORDER BY product_id, used_in_id, edge_id

// name: provisions(product_ids, areas)
// Which places of the areas provide some products. One row a PROVIDES edge.
MATCH (p:Product)<-[v:PROVIDES]-(w:Place)-[:IN_AREA]->(a:Area)
WHERE p.id IN $product_ids AND a.id IN $areas
RETURN DISTINCT p.id AS product_id, v.id AS edge_id
ORDER BY product_id, edge_id

// name: last_told(product_ids, before)
// Those of some products of whose makers nothing was said since a day. One row a product.
MATCH (p:Product)<-[m:MAKES]-(:Enterprise|Plant)
WHERE p.id IN $product_ids
WITH p, max(m.as_of) AS last
WHERE last < $before
RETURN p.id AS product_id, last
ORDER BY product_id

// name: made_in(cities, chains)
// How many products are made in each city. One row a city.
MATCH (city:Area)<-[:IN_AREA]-(m:Enterprise|Plant)-[s:CAN_SUPPLY]->(p:Product)
WHERE city.id IN $cities AND s.is_site
  AND (size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
WITH city.place_id AS place_id, count(DISTINCT p.id) AS products
MATCH (w:Place)
WHERE w.id = place_id
RETURN place_id, w.name_zh AS name_zh, products
ORDER BY products DESC, place_id
LIMIT 20
