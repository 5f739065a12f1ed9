// name: seen_from(enterprise_ids, areas, around)
// Some enterprises, whether they are in the areas, and whether their place is known closely enough to say so. One row an enterprise.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})
RETURN e.id AS enterprise_id, coalesce(e.short_name, e.name_zh) AS name,
       EXISTS { MATCH (e)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
       EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed
ORDER BY enterprise_id

// name: cities(site_ids, areas)
// The places of some areas that enterprises or plants are in; without areas all cities. One row a site and place.
UNWIND $site_ids AS asked
MATCH (e:Enterprise|Plant {id: asked})-[:IN_AREA]->(a:Area)
MATCH (w:Place)
WHERE w.id = a.place_id AND (a.id IN $areas OR (size($areas) = 0 AND w.city_id = w.id))
RETURN e.id AS site_id, w.id AS place_id, w.name_zh AS name
ORDER BY site_id, place_id

// name: nearest_places(site_ids, areas)
// Where enterprises, plants and institutes are: 0 the places of some areas, 1 cities, 2 what else is on record. One row a site and place, the first of these first.
UNWIND $site_ids AS asked
MATCH (e:Enterprise|Institute|Plant {id: asked})-[:IN_AREA]->(a:Area)
MATCH (w:Place)
WHERE w.id = a.place_id AND (a.id IN $areas OR w.city_id = w.id OR EXISTS { MATCH (e)-[:LOCATED_IN]->(w) })
RETURN e.id AS site_id, w.id AS place_id, w.name_zh AS name, CASE WHEN a.id IN $areas THEN 0 WHEN w.city_id = w.id THEN 1 ELSE 2 END AS width
ORDER BY site_id, width, place_id

// name: standing_in(node_ids, areas, around)
// Some nodes that stand somewhere, whether they are in the areas, whether their place is known closely enough to say so, and whether plants that they operate are. One row a node.
UNWIND $node_ids AS asked
MATCH (n:Center|Enterprise|Institute|Place|Plant|Proposal {id: asked})
RETURN n.id AS node_id, EXISTS { MATCH (n)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
       EXISTS { MATCH (n)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed,
       EXISTS { MATCH (n)-[:OPERATES]->(p:Plant)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS has_plant_here
ORDER BY node_id
