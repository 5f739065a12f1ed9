// name: near_products(product_ids)
// How near other products are to some: enterprises on record as making both, of those that make the one that more make. One row a product and another that one of its makers makes too.
// The optional match keeps the look-up first: from a list of ids a plain one reads all edges of the type.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
OPTIONAL MATCH (p)<-[:MAKES]-(e:Enterprise)-[:MAKES]->(q:Product)
WHERE q.id <> p.id
WITH p, q, count(DISTINCT e.id) AS together
WHERE q.id <> ''
RETURN p.id AS product_id, q.id AS other_id, together * 1.0 / CASE WHEN p.direct_makers > q.direct_makers THEN p.direct_makers ELSE q.direct_makers END AS proximity
ORDER BY product_id, other_id

// name: direct_products(enterprise_ids)
// What some enterprises are on record as making themselves. One row an enterprise and product.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})-[:MAKES]->(p:Product)
RETURN DISTINCT e.id AS enterprise_id, p.id AS product_id
ORDER BY enterprise_id, product_id
