// name: corridor_places()
// The places of the corridor, as the data mark them. One row a place.
MATCH (p:Place)
WHERE p.in_corridor
RETURN p.id AS place_id
ORDER BY place_id

// name: every_chain()
// All chains. One row a chain.
MATCH (c:Chain)
RETURN c.id AS chain_id, c.name_zh AS name_zh
ORDER BY chain_id

// name: products_of_no_chain()
// How many products are part of no chain. One row.
MATCH (p:Product)
WHERE NOT EXISTS { MATCH (p)-[:PART_OF]->(:Chain) }
WITH count(p) AS products
RETURN products, '' AS none_id
ORDER BY none_id

// name: chain_memberships(product_ids)
// The chains that some products are part of. One row a product and chain.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})-[:PART_OF]->(c:Chain)
RETURN DISTINCT p.id AS product_id, c.id AS chain_id, c.name_zh AS name_zh
ORDER BY product_id, chain_id

// name: wider_places(place_ids)
// The places that some places lie in, through any number of steps. One row a place and a wider one.
UNWIND $place_ids AS asked
MATCH (p:Place {id: asked})-[:IN_AREA]->(a:Area)
WHERE a.place_id <> p.id
RETURN DISTINCT p.id AS place_id, a.place_id AS wider_id
ORDER BY place_id, wider_id

// name: city_areas()
// The areas of all cities in which somebody is on record as able to supply something. One row a city.
MATCH (p:Place)
WHERE p.city_id = p.id
MATCH (a:Area)
WHERE a.place_id = p.id AND a.supplies > 0
RETURN a.id AS area_id
ORDER BY area_id

// name: supplies_of(area_ids)
// How many pairs of an enterprise and a product that it can supply there are in some areas. One row an area.
MATCH (a:Area)
WHERE a.id IN $area_ids
RETURN a.id AS area_id, a.supplies AS supplies
ORDER BY area_id

// name: called_so(names)
// Things of these names, which rows give without saying what they are. One row a thing.
MATCH (n:Center|Chain|Enterprise|Institute|Place|Plant|Product|Proposal|Source|Technology)
WHERE n.name_zh IN $names OR n.short_name IN $names
RETURN n.id AS node_id
ORDER BY node_id
