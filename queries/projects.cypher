// name: proposals(project_ids, areas)
// Proposed projects, whether they are in the areas, and whether their place is known. One row a project.
MATCH (r:Proposal)
WHERE size($project_ids) = 0 OR r.id IN $project_ids
RETURN r.id AS project_id, r.name_zh AS name_zh, r.name_en AS name_en,
       EXISTS { MATCH (r)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here, EXISTS { MATCH (r)-[:LOCATED_IN]->(:Place) } AS is_placed,
       r.cost_10k_cny AS cost_10k_cny, r.capacity AS capacity, r.capacity_unit AS capacity_unit, r.lead_time_days AS lead_time_days,
       r.funding_stage AS funding_stage, r.support_class AS support_class
ORDER BY project_id

// name: proposes(project_ids)
// Who proposes some projects. One row a PROPOSES edge.
UNWIND $project_ids AS asked
MATCH (r:Proposal {id: asked})<-[b:PROPOSES]-(e:Enterprise)
RETURN r.id AS project_id, e.id AS enterprise_id, b.id AS edge_id
ORDER BY project_id, enterprise_id

// name: proposers(enterprise_ids, areas)
// Enterprises that propose projects or could carry one out, in which group, controlled from which country, and whether they are in the areas. One row an enterprise.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})
MATCH (g:Enterprise)
WHERE g.id = e.group_id
RETURN e.id AS enterprise_id, coalesce(e.short_name, e.name_zh) AS name_zh, e.name_en AS name_en, g.id AS group_id, coalesce(e.control_country, g.control_country) AS control_country,
       EXISTS { MATCH (e)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here
ORDER BY enterprise_id

// name: fills(project_ids)
// What some projects would make. One row a FILLS edge.
UNWIND $project_ids AS asked
MATCH (r:Proposal {id: asked})-[f:FILLS]->(p:Product)
RETURN r.id AS project_id, p.id AS product_id, f.id AS edge_id
ORDER BY project_id, product_id

// name: products(product_ids)
// Products that projects would make. One row a product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
RETURN p.id AS product_id, p.name_zh AS name_zh, p.name_en AS name_en, p.is_essential AS is_essential, p.downstream AS downstream, p.foreign_share AS foreign_share,
       p.foreign_share_min AS foreign_share_min, p.foreign_share_max AS foreign_share_max
ORDER BY product_id

// name: industries(project_ids)
// The chains that some projects are part of. One row a project and chain.
UNWIND $project_ids AS asked
MATCH (r:Proposal {id: asked})-[m:PART_OF]->(c:Chain)
RETURN r.id AS project_id, c.id AS chain_id, c.name_zh AS name_zh, m.id AS edge_id
ORDER BY project_id, chain_id

// name: sites(sited_ids)
// Where some projects would be carried out, or enterprises are, and the city that this is or lies in. One row a thing and place.
UNWIND $sited_ids AS asked
MATCH (r:Proposal|Enterprise {id: asked})-[l:LOCATED_IN]->(w:Place)
RETURN r.id AS sited_id, w.id AS place_id, w.name_zh AS name_zh, coalesce(w.city_id, w.id) AS city_id, l.id AS edge_id
ORDER BY sited_id, place_id

// name: within(sited_ids, areas)
// Which of some projects and enterprises are in which of some areas. One row a thing and area.
UNWIND $sited_ids AS asked
MATCH (r:Proposal|Enterprise {id: asked})-[:IN_AREA]->(a:Area)
WHERE a.id IN $areas
RETURN DISTINCT r.id AS sited_id, a.id AS area_id
ORDER BY sited_id, area_id
