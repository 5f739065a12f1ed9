// name: direct_makers(product_ids, min_confidence)
// Who is on record as making some products themselves. One row a product and enterprise.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})<-[m:MAKES]-(e:Enterprise)
WHERE coalesce(m.confidence, 0.0) >= $min_confidence
RETURN DISTINCT p.id AS product_id, e.id AS enterprise_id
ORDER BY product_id, enterprise_id

// name: direct_products(enterprise_ids, min_confidence)
// What some enterprises are on record as making themselves. One row an enterprise and product.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})-[m:MAKES]->(p:Product)
WHERE coalesce(m.confidence, 0.0) >= $min_confidence
RETURN DISTINCT e.id AS enterprise_id, p.id AS product_id
ORDER BY enterprise_id, product_id

// name: direct_maker_counts(product_ids, min_confidence)
// How many enterprises are on record as making some products themselves. One row a product that anybody makes.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})<-[m:MAKES]-(e:Enterprise)
WHERE coalesce(m.confidence, 0.0) >= $min_confidence
RETURN p.id AS product_id, count(DISTINCT e.id) AS makers
ORDER BY product_id
