// name: narrower_products(id)
// The narrower kinds of a product: their making stops with it. One row a product.
MATCH (p:Product {id: $id})<-[:IS_KIND_OF]-(n:Product)
RETURN n.id AS stopped_id
ORDER BY stopped_id

// name: products_needing(id)
// What cannot be made without a technology. One row a product.
MATCH (t:Technology {id: $id})<-[:NEEDS]-(p:Product)
RETURN DISTINCT p.id AS stopped_id
ORDER BY stopped_id

// name: enterprises_in(id)
// The enterprises in an area. One row an enterprise.
MATCH (a:Area {id: $id})<-[:IN_AREA]-(e:Enterprise)
RETURN e.id AS stopped_id
ORDER BY stopped_id

// name: residents(id)
// The enterprises resident in a centre; those that only intend to be, or have left, are none. One row an enterprise.
MATCH (c:Center {id: $id})<-[r:RESIDENT_OF]-(e:Enterprise)
WHERE r.resident_status = 'resident'
RETURN DISTINCT e.id AS stopped_id
ORDER BY stopped_id

// name: lines_of_plant(id)
// What a running plant makes and for whom, and on how many running plants of theirs that is made. One row an enterprise and product.
MATCH (f:Plant {id: $id})<-[:OPERATES]-(e:Enterprise)
MATCH (f)-[own:CAN_SUPPLY]->(p:Product)
WHERE own.steps = 0
MATCH (e)-[:OPERATES]->(g:Plant)
MATCH (g)-[s:CAN_SUPPLY]->(p)
WHERE s.steps = 0
RETURN e.id AS enterprise_id, p.id AS product_id, count(DISTINCT g.id) AS plants
ORDER BY enterprise_id, product_id

// name: product_names(product_ids)
// What some products are called. One row a product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
RETURN p.id AS product_id, p.name_zh AS name
ORDER BY product_id
