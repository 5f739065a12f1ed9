// name: products_of(enterprise_ids)
// What the enterprises make. One row an enterprise and product.
MATCH (e:Enterprise)-[m:MAKES]->(p:Product)
WHERE e.id IN $enterprise_ids
RETURN m.id AS edge_id, e.id AS enterprise_id, p.id AS product_id
ORDER BY edge_id

// name: technologies_of(enterprise_ids)
// What technologies the enterprises master. One row an enterprise and technology.
MATCH (e:Enterprise)-[m:MASTERS]->(t:Technology)
WHERE e.id IN $enterprise_ids
RETURN m.id AS edge_id, e.id AS enterprise_id, t.id AS technology_id
ORDER BY edge_id

// name: places_of(enterprise_ids)
// Where the enterprises are. One row an enterprise and place.
MATCH (e:Enterprise)-[m:LOCATED_IN]->(p:Place)
WHERE e.id IN $enterprise_ids
RETURN m.id AS edge_id, e.id AS enterprise_id, p.id AS place_id
ORDER BY edge_id
