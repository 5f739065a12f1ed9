// name: needed_inputs(product_ids, unknown_is_needed)
// What goes into some products directly and cannot be done without: essential inputs, and where asked those of unknown class; equipment is marked. Asked tier by tier, from a product upwards. One row an INPUT_OF edge.
MATCH (p:Product)<-[i:INPUT_OF]-(q:Product)
WHERE p.id IN $product_ids AND q.id <> p.id AND (i.input_class = 2 OR (i.input_class IS NULL AND $unknown_is_needed))
RETURN DISTINCT q.id AS input_id, p.id AS product_id, q.name_zh AS name, coalesce(i.input_kind, '') = 'equipment' AS is_equipment
ORDER BY product_id, input_id

// name: goes_into(product_ids)
// What products go into directly. Asked tier by tier, downwards. One row a product and what it goes into.
// The optional match keeps the look-up first: from a list of ids a plain one reads all edges of the type.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
OPTIONAL MATCH (p)-[:INPUT_OF]->(q:Product)
WITH p, q
WHERE q.id <> p.id
RETURN DISTINCT p.id AS product_id, q.id AS used_in_id
ORDER BY product_id, used_in_id
