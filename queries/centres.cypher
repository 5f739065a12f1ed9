// name: centers(center_ids)
// Some centres, all where none is named, with the places that they stand in and that sent them. One row a centre and pair of places.
MATCH (c:Center)
WHERE size($center_ids) = 0 OR c.id IN $center_ids
OPTIONAL MATCH (c)-[:LOCATED_IN]->(h:Place)
OPTIONAL MATCH (c)-[:SENT_BY]->(s:Place)
RETURN DISTINCT c.id AS center_id, c.name_zh AS name_zh, c.name_en AS name_en, c.center_type AS center_type, c.floor_area_m2 AS floor_area_m2,
       c.opened_on AS opened_on, c.has_registered_residents AS has_registered_residents, h.id AS host_id, s.id AS sender_id
ORDER BY center_id, host_id, sender_id

// name: reports(center_ids)
// What residents reported to some centres, to all where none is named; a report that several enterprises or centres claim is taken for the first by id. One row a report.
MATCH (e:Enterprise)-[:REPORTED]->(r:Report)-[:REPORTED_FOR]->(c:Center)
WITH r, min(e.id) AS enterprise_id, min(c.id) AS center_id, count(DISTINCT e.id) AS enterprises, count(DISTINCT c.id) AS centers
WHERE size($center_ids) = 0 OR center_id IN $center_ids
RETURN r.id AS report_id, enterprise_id, center_id, enterprises > 1 OR centers > 1 AS is_claimed_twice, r.year AS year, r.quarter AS quarter,
       r.reported_on AS reported_on, r.rnd_internal_10k_cny AS rnd_internal, r.rnd_external_10k_cny AS rnd_external,
       r.rnd_staff AS rnd_staff, r.staff AS staff, r.main_area_m2 AS main_area, r.other_area_m2 AS other_area,
       r.main_revenue_10k_cny AS main_revenue, r.other_revenue_10k_cny AS other_revenue, r.tax_10k_cny AS tax,
       r.output_10k_cny AS output, r.contracts_10k_cny AS contracts, r.support_10k_cny AS support,
       r.incubated_firms AS incubated_firms, r.graduates AS graduates, r.patents AS patents,
       r.moved_registrations AS moved_registrations
ORDER BY report_id

// name: residents(center_ids)
// Who is, intends to be or was resident of some centres, of all where none is named. One row a resident and centre.
MATCH (e:Enterprise)-[h:RESIDENT_OF]->(c:Center)
WHERE size($center_ids) = 0 OR c.id IN $center_ids
RETURN c.id AS center_id, e.id AS enterprise_id, coalesce(e.short_name, e.name_zh) AS name, e.is_high_tech AS is_high_tech,
       h.resident_status AS resident_status, h.since AS since, h.valid_to AS until, h.id AS edge_id
ORDER BY center_id, enterprise_id

// name: standing(node_ids)
// The corridor places and the cities that some nodes are in. One row a node and place.
UNWIND $node_ids AS asked
MATCH (n:Center|Enterprise|Institute|Place|Plant {id: asked})-[:IN_AREA]->(a:Area)
MATCH (w:Place)
WHERE w.id = a.place_id AND (w.in_corridor OR w.city_id = w.id)
RETURN DISTINCT n.id AS node_id, w.id AS place_id, coalesce(w.in_corridor, false) AS in_corridor
ORDER BY node_id, place_id

// name: around(node_ids)
// The places that some nodes lie in, be these provinces, cities or districts. One row a node and place.
UNWIND $node_ids AS asked
MATCH (n:Center|Enterprise|Institute|Place|Plant {id: asked})-[:IN_AREA]->(a:Area)
WHERE a.place_id IS NOT NULL
RETURN DISTINCT n.id AS node_id, a.place_id AS place_id
ORDER BY node_id, place_id

// name: names(enterprise_ids)
// What some enterprises are called. One row an enterprise.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})
RETURN e.id AS enterprise_id, coalesce(e.short_name, e.name_zh) AS name, e.is_high_tech AS is_high_tech
ORDER BY enterprise_id
