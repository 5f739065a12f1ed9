// name: made_in_chains(cities)
// What is made of each chain in some cities: products, the enterprises that make them, and pairs of the two. One row a city and chain.
MATCH (city:Area)<-[:IN_AREA]-(m:Enterprise|Plant)-[s:CAN_SUPPLY]->(p:Product)-[:PART_OF]->(c:Chain)
WHERE city.id IN $cities AND s.is_site
WITH DISTINCT city.place_id AS place_id, c.id AS chain_id, s.maker_id AS maker_id, p.id AS product_id
RETURN place_id, chain_id, count(DISTINCT product_id) AS products, count(DISTINCT maker_id) AS makers, count(product_id) AS pairs
ORDER BY place_id, chain_id

// name: made_of(cities, product_ids)
// Which of some products are made in some cities. One row a city and product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})<-[s:CAN_SUPPLY]-(m:Enterprise|Plant)-[:IN_AREA]->(city:Area)
WHERE city.id IN $cities AND s.is_site
RETURN DISTINCT city.place_id AS place_id, p.id AS product_id
ORDER BY place_id, product_id

// name: enterprises_in(area, skip, limit)
// Enterprises that are registered in an area or have a plant there, those that make the most products there first. One row an enterprise.
MATCH (a:Area {id: $area})<-[:IN_AREA]-(m:Enterprise|Plant)
OPTIONAL MATCH (o:Enterprise)-[:OPERATES]->(m)
WITH m, m.id AS site_id, coalesce(o.id, m.id) AS enterprise_id
OPTIONAL MATCH (m)-[s:CAN_SUPPLY]->(p:Product)
WITH site_id, enterprise_id, CASE WHEN s.is_site AND s.maker_id = enterprise_id THEN p.id END AS product_id
MATCH (e:Enterprise)
WHERE e.id = enterprise_id
MATCH (g:Enterprise)
WHERE g.id = e.group_id
WITH e, g, count(DISTINCT product_id) AS products, count(DISTINCT CASE WHEN site_id <> e.id THEN site_id END) AS plants, count(CASE WHEN site_id = e.id THEN 1 END) > 0 AS is_seat
RETURN e.id AS enterprise_id, e.name_zh AS name_zh, products, plants, is_seat, e.is_listed AS is_listed, e.is_high_tech AS is_high_tech, coalesce(e.control_country, g.control_country) AS control_country
ORDER BY products DESC, plants DESC, enterprise_id
SKIP $skip
LIMIT $limit

// name: enterprise_count(area)
// How many enterprises are registered in an area or have a plant there. One row, none where there is no enterprise.
MATCH (a:Area {id: $area})<-[:IN_AREA]-(m:Enterprise|Plant)
OPTIONAL MATCH (o:Enterprise)-[:OPERATES]->(m)
WITH coalesce(o.id, m.id) AS enterprise_id
WHERE enterprise_id STARTS WITH 'enterprise:'
RETURN count(DISTINCT enterprise_id) AS enterprises, '' AS none_id
ORDER BY none_id

// name: centers_of(area)
// The centres that stand in an area, and those that a place of it has sent elsewhere. One row a centre.
MATCH (c:Center)
WITH c.id AS center_id, EXISTS { MATCH (c)-[:IN_AREA]->(a:Area {id: $area}) } AS is_here,
     EXISTS { MATCH (c)-[:SENT_BY]->(:Place)-[:IN_AREA]->(b:Area {id: $area}) } AS is_sent
WHERE is_here OR is_sent
RETURN center_id, is_here, is_sent
ORDER BY is_sent DESC, center_id

// name: flows(cities)
// Recorded relations between enterprises, or an enterprise and an institute, of two different cities: who supplies, owns, works with whom. One row a pair of cities and kind.
MATCH (a:Area)<-[:IN_AREA]-(e:Enterprise)-[r:SUPPLIES|OWNS|COOPERATES_WITH]->(f:Enterprise|Institute)-[:IN_AREA]->(b:Area)
WHERE a.id IN $cities AND b.id IN $cities AND a.id <> b.id
WITH DISTINCT a.place_id AS from_id, b.place_id AS to_id, r.id AS edge_id,
     CASE WHEN r.id STARTS WITH 'SUPPLIES' THEN 'SUPPLIES' WHEN r.id STARTS WITH 'OWNS' THEN 'OWNS' ELSE 'COOPERATES_WITH' END AS edge_type
RETURN from_id, to_id, edge_type, count(edge_id) AS relations
ORDER BY edge_type, from_id, to_id

// name: relations_of(cities)
// Recorded relations of the enterprises and institutes of some cities: how many, with how many the other end is in the same city, with how many its place is not known. One row a city that has any.
MATCH (a:Area)<-[:IN_AREA]-(e:Enterprise|Institute)-[r:SUPPLIES|OWNS|COOPERATES_WITH]-(f:Enterprise|Institute)
WHERE a.id IN $cities
WITH DISTINCT a.place_id AS place_id, r.id AS edge_id,
     EXISTS { MATCH (f)-[:LOCATED_IN]->(:Place) } AS is_placed,
     EXISTS { MATCH (f)-[:IN_AREA]->(a) } AS is_inside
RETURN place_id, count(edge_id) AS relations, count(CASE WHEN is_inside THEN 1 END) AS inside, count(CASE WHEN NOT is_placed THEN 1 END) AS unplaced
ORDER BY place_id
