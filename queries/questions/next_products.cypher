// name: city_of(place_id)
// The city that the place is or lies in. One row, without a city where it lies in none.
MATCH (w:Place {id: $place_id})
RETURN w.id AS place_id, w.city_id AS city_id
ORDER BY place_id

// name: candidates(chains)
// Products that a city could add: those of the chains, or all. One row a product.
MATCH (p:Product)
WHERE size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains }
RETURN p.id AS product_id, p.downstream AS downstream
ORDER BY product_id

// name: makers_by_city(cities, min_confidence)
// How many enterprises of each city can supply each product. One row a city and product that anybody there can supply.
MATCH (city:Area)<-[:IN_AREA]-(e:Enterprise)-[s:CAN_SUPPLY]->(p:Product)
WHERE city.id IN $cities
WITH city.id AS city_id, p.id AS product_id, e.id AS enterprise_id, coalesce(s.confidence, 0.0) AS confidence
WHERE confidence >= $min_confidence
RETURN city_id, product_id, count(DISTINCT enterprise_id) AS makers
ORDER BY city_id, product_id

// name: holdings()
// What enterprises make themselves and which technologies they master: what they have together goes together. One row an enterprise and product or technology.
MATCH (e:Enterprise)-[:MAKES|MASTERS]->(x:Product|Technology)
RETURN DISTINCT e.id AS enterprise_id, x.id AS thing_id
ORDER BY enterprise_id, thing_id

// name: supplies_of(city_id, min_confidence)
// The enterprises of the city, and what they can supply. One row an enterprise and product, or an enterprise alone.
MATCH (city:Area {id: $city_id})<-[:IN_AREA]-(e:Enterprise)
OPTIONAL MATCH (e)-[s:CAN_SUPPLY]->(p:Product)
WITH e.id AS enterprise_id, CASE WHEN coalesce(s.confidence, 0.0) >= $min_confidence THEN p.id END AS product_id
RETURN DISTINCT enterprise_id, product_id
ORDER BY enterprise_id, product_id

// name: products(product_ids)
// What is known of some products. One row a product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
RETURN p.id AS product_id, p.name_zh AS name_zh, p.name_en AS name_en
ORDER BY product_id
