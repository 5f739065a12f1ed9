// name: uses(product_ids)
// What cannot be made without some products: inputs that are essential or of unknown class, equipment apart. One row an INPUT_OF edge.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
OPTIONAL MATCH (p)-[i:INPUT_OF]->(q:Product)
WITH p, i, q
WHERE q.id <> p.id AND (i.input_class = 2 OR i.input_class IS NULL) AND coalesce(i.input_kind, '') <> 'equipment'
RETURN DISTINCT p.id AS product_id, q.id AS used_in_id
ORDER BY product_id, used_in_id
