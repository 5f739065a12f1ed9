// name: makers_of(product_ids, areas, around, min_confidence)
// Who can supply some products: makes them or a narrower kind, where it is made: a plant, else the seat; whether that is in the areas, and whether it is known closely enough to say so. One row a way of supplying.
// The optional match keeps the look-up first: with a plain one the embedded engine reads all edges of the type.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
OPTIONAL MATCH (p)<-[s:CAN_SUPPLY]-(m:Enterprise|Plant)
WITH p, s, m
WHERE s.is_site AND coalesce(s.confidence, 0.0) >= $min_confidence
RETURN p.id AS product_id, s.maker_id AS enterprise_id, m.id AS site_id, coalesce(m.short_name, m.name_zh) AS name, coalesce(s.made_id, p.id) AS made_id, s.steps AS steps, s.share AS share,
       s.group_id AS group_id, s.control_country AS control_country,
       EXISTS { MATCH (m)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
       EXISTS { MATCH (m)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed
ORDER BY product_id, enterprise_id, steps, site_id, made_id

// name: kinds_above(product_ids)
// How products are kinds of broader ones, step by step upwards. One row a KIND_OF edge.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
OPTIONAL MATCH (p)-[k:KIND_OF]->(b:Product)
WITH p, k, b
WHERE p.id <> b.id
RETURN p.id AS narrower_id, b.id AS broader_id, k.id AS edge_id
ORDER BY narrower_id, broader_id, edge_id

// name: kinds_further_above(product_ids)
// How the broader kinds of products are kinds of broader ones yet, step by step. One row a KIND_OF edge.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
OPTIONAL MATCH (p)-[:IS_KIND_OF]->(n:Product)
OPTIONAL MATCH (n)-[k:KIND_OF]->(b:Product)
WITH n, k, b
WHERE n.id <> b.id
RETURN DISTINCT n.id AS narrower_id, b.id AS broader_id, k.id AS edge_id
ORDER BY narrower_id, broader_id, edge_id
