// name: seen_from(enterprise_ids, areas, around)
// Some enterprises, whether they are in the areas, and whether their place is known closely enough to say so. One row an enterprise.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})
RETURN e.id AS enterprise_id, coalesce(e.short_name, e.name_zh) AS name,
       EXISTS { MATCH (e)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
       EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed
ORDER BY enterprise_id

// name: cities(enterprise_ids, areas)
// The places of some areas that enterprises are in; without areas all cities. One row an enterprise and place.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})-[:IN_AREA]->(a:Area)
MATCH (w:Place)
WHERE w.id = a.place_id AND (a.id IN $areas OR (size($areas) = 0 AND w.city_id = w.id))
RETURN e.id AS enterprise_id, w.id AS place_id, w.name_zh AS name
ORDER BY enterprise_id, place_id
