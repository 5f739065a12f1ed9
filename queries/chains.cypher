// name: all_chains()
// Every industrial chain. One row a chain.
MATCH (c:Chain)
RETURN c.id AS chain_id, c.name_zh AS name_zh, c.name_en AS name_en, c.aliases AS aliases
ORDER BY chain_id

// name: all_places()
// Every place with the place it directly belongs to, if any. One row a place and parent.
MATCH (p:Place)
OPTIONAL MATCH (p)-[:PART_OF]->(q:Place)
RETURN p.id AS place_id, p.name_zh AS name_zh, p.name_en AS name_en, p.aliases AS aliases, p.in_corridor AS in_corridor, q.id AS parent_id
ORDER BY place_id, parent_id

// name: chain_products(chain_ids)
// The products of the chains, of all chains where none is named. One row a product and chain.
MATCH (p:Product)-[m:PART_OF]->(c:Chain)
WHERE size($chain_ids) = 0 OR c.id IN $chain_ids
RETURN p.id AS product_id, p.name_zh AS name_zh, p.name_en AS name_en, c.id AS chain_id, c.name_zh AS chain_name, m.stage AS stage, m.segment AS segment
ORDER BY chain_id, product_id

// name: makers(product_ids)
// Who makes the products, and where they are; of all products where none is named. One row a product, maker and place.
MATCH (e:Enterprise)-[m:MAKES]->(p:Product)
WHERE size($product_ids) = 0 OR p.id IN $product_ids
OPTIONAL MATCH (e)-[:LOCATED_IN]->(q:Place)
RETURN p.id AS product_id, e.id AS enterprise_id, e.name_zh AS name_zh, e.short_name AS short_name, q.id AS place_id, m.share AS share, m.status AS status, m.id AS edge_id
ORDER BY product_id, enterprise_id, place_id

// name: product_links()
// Every direct input relation between two products; a product is no input of itself. One row an edge.
MATCH (p:Product)-[m:INPUT_OF]->(q:Product)
WHERE p.id <> q.id
RETURN m.id AS edge_id, p.id AS input_id, q.id AS product_id, m.input_class AS input_class
ORDER BY edge_id

// name: narrower_products()
// Every direct relation of a narrower product to a broader one. One row an edge.
MATCH (p:Product)-[m:KIND_OF]->(q:Product)
RETURN m.id AS edge_id, p.id AS narrower_id, q.id AS broader_id
ORDER BY edge_id

// name: technology_needs()
// Every technology that a product needs. One row a product and technology.
MATCH (p:Product)-[m:NEEDS]->(t:Technology)
RETURN m.id AS edge_id, p.id AS product_id, t.id AS technology_id, t.name_zh AS name_zh, t.name_en AS name_en, t.field AS field, t.is_key AS is_key
ORDER BY technology_id, product_id
