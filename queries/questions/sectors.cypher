// name: classifications(classification_ids)
// The classifications named, else all: how many sectors each has, and how many known coefficients between them. One row a classification; that of sectors without any is empty.
MATCH (s:Sector)
WHERE size($classification_ids) = 0 OR coalesce(s.classification, '') IN $classification_ids
OPTIONAL MATCH (s)-[i:SECTOR_INPUT_OF]->(t:Sector)
WITH coalesce(s.classification, '') AS classification_id, s, CASE WHEN i.coefficient IS NOT NULL AND coalesce(t.classification, '') = coalesce(s.classification, '') THEN i.id END AS edge_id
RETURN classification_id, count(DISTINCT s.id) AS sectors, count(DISTINCT edge_id) AS coefficients
ORDER BY coefficients DESC, classification_id

// name: sectors_named(keys, code, name)
// Sectors of an id, code or name, whatever its case. One row a sector.
MATCH (s:Sector)
WHERE s.id IN $keys OR toLower(s.code) = $code OR s.search_text CONTAINS $name
RETURN s.id AS sector_id, s.name_zh AS name_zh, coalesce(s.classification, '') AS classification_id
ORDER BY sector_id

// name: sectors_of(classification)
// The sectors of a classification, and how many products on record are in each. One row a sector.
MATCH (s:Sector)
WHERE coalesce(s.classification, '') = $classification
OPTIONAL MATCH (s)<-[:IN_SECTOR]-(p:Product)
RETURN s.id AS sector_id, s.name_zh AS name_zh, s.name_en AS name_en, s.code AS code, s.classification AS classification, count(DISTINCT p.id) AS products
ORDER BY sector_id

// name: coefficients(classification)
// What the sectors of a classification need of each other. One row a SECTOR_INPUT_OF edge.
MATCH (s:Sector)-[i:SECTOR_INPUT_OF]->(t:Sector)
WHERE coalesce(s.classification, '') = $classification AND coalesce(t.classification, '') = $classification
RETURN s.id AS input_id, t.id AS sector_id, i.coefficient AS coefficient, i.id AS edge_id
ORDER BY input_id, sector_id, edge_id

// name: sectors_of_product(product_id)
// The sectors that a product is in. One row an IN_SECTOR edge.
MATCH (p:Product {id: $product_id})-[i:IN_SECTOR]->(s:Sector)
RETURN s.id AS sector_id, coalesce(s.classification, '') AS classification_id, i.id AS edge_id
ORDER BY sector_id, edge_id

// name: own_inputs(product_id)
// What goes into a product, with its known part of the cost, the largest first. One row a product and input.
MATCH (p:Product {id: $product_id})<-[i:INPUT_OF]-(q:Product)
WHERE q.id <> p.id AND i.cost_share IS NOT NULL
RETURN q.id AS input_id, q.name_zh AS name_zh, i.cost_share AS cost_share, i.id AS edge_id
ORDER BY cost_share DESC, input_id
