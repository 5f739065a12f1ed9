// name: chain_products(chain_id)
// The products of a chain. One row a product.
MATCH (c:Chain {id: $chain_id})<-[:PART_OF]-(p:Product)
RETURN DISTINCT p.id AS product_id
ORDER BY product_id

// name: chain_inputs(chain_id, unknown_is_needed)
// What goes into what among the products of a chain and cannot be done without: essential inputs, and where asked those of unknown class; equipment is marked. One row an INPUT_OF edge.
MATCH (c:Chain {id: $chain_id})<-[:PART_OF]-(p:Product)
MATCH (p)<-[i:INPUT_OF]-(k:Product)
WHERE k.id <> p.id AND (i.input_class = 2 OR (i.input_class IS NULL AND $unknown_is_needed))
  AND EXISTS { MATCH (k)-[:PART_OF]->(same:Chain) WHERE same.id = c.id }
RETURN DISTINCT k.id AS input_id, p.id AS product_id, coalesce(i.input_kind, '') = 'equipment' AS is_equipment
ORDER BY product_id, input_id

// name: products(product_ids)
// What some products are called, and how many days it takes until their making is back where that is on record. One row a product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
RETURN p.id AS product_id, p.name_zh AS name, p.recovery_days AS recovery_days
ORDER BY product_id
