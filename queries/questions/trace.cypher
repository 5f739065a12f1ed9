// name: subject_products(subject_ids)
// The products that enterprises make themselves, and that need technologies. One row a subject and product.
UNWIND $subject_ids AS asked
MATCH (s:Enterprise|Technology {id: asked})
OPTIONAL MATCH (s)-[:MAKES|NEEDS]-(p:Product)
WITH s, p
WHERE p.id <> ''
RETURN s.id AS subject_id, p.id AS product_id
ORDER BY subject_id, product_id

// name: inputs(product_ids, input_kinds)
// What goes into some products, or into a broader kind of them: one tier up. One row an INPUT_OF edge and product, those of the product itself first; only inputs of some kinds where any are named.
// The optional match keeps the look-up first: with a plain one the embedded engine reads all edges of the type.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
OPTIONAL MATCH (p)-[:IS_KIND_OF]->(k:Product)
WITH p.id AS near_id, [p.id] + collect(k.id) AS with_kinds
UNWIND with_kinds AS recorded_id
MATCH (b:Product {id: recorded_id})
OPTIONAL MATCH (b)<-[i:INPUT_OF]-(q:Product)
WITH near_id, b, i, q
WHERE q.id <> near_id AND q.id <> b.id AND (size($input_kinds) = 0 OR i.input_kind IN $input_kinds)
RETURN near_id, q.id AS far_id, b.id AS recorded_id, i.input_class AS input_class, i.input_kind AS input_kind, i.id AS edge_id
ORDER BY recorded_id <> near_id, near_id, recorded_id, edge_id

// name: uses(product_ids, input_kinds)
// What some products, or a broader kind of them, go into: one tier down. One row an INPUT_OF edge and product, those of the product itself first; only inputs of some kinds where any are named.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
OPTIONAL MATCH (p)-[:IS_KIND_OF]->(k:Product)
WITH p.id AS near_id, [p.id] + collect(k.id) AS with_kinds
UNWIND with_kinds AS recorded_id
MATCH (b:Product {id: recorded_id})
OPTIONAL MATCH (b)-[i:INPUT_OF]->(q:Product)
WITH near_id, b, i, q
WHERE q.id <> near_id AND q.id <> b.id AND (size($input_kinds) = 0 OR i.input_kind IN $input_kinds)
RETURN near_id, q.id AS far_id, b.id AS recorded_id, i.input_class AS input_class, i.input_kind AS input_kind, i.id AS edge_id
ORDER BY recorded_id <> near_id, near_id, recorded_id, edge_id
