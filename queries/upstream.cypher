// name: needed_inputs(product_ids, unknown_is_needed)
// What goes into some products directly and cannot be done without: essential inputs, and where asked those of unknown class; equipment is marked. Asked tier by tier, from a product upwards. One row an INPUT_OF edge.
MATCH (p:Product)<-[i:INPUT_OF]-(q:Product)
WHERE p.id IN $product_ids AND q.id <> p.id AND (i.input_class = 2 OR (i.input_class IS NULL AND $unknown_is_needed))
RETURN DISTINCT q.id AS input_id, p.id AS product_id, q.name_zh AS name, coalesce(i.input_kind, '') = 'equipment' AS is_equipment
ORDER BY product_id, input_id
