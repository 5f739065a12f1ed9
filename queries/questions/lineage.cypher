// name: projects(center_ids)
// Projects of some centres, of all where none is named, and who runs them. One row a centre, project and enterprise.
MATCH (c:Center)<-[h:HOSTED_BY]-(j:Project)
WHERE size($center_ids) = 0 OR c.id IN $center_ids
OPTIONAL MATCH (e:Enterprise)-[:RUNS]->(j)
RETURN c.id AS center_id, j.id AS project_id, j.name_zh AS name_zh, j.started_on AS started_on, h.id AS edge_id,
       e.id AS enterprise_id, coalesce(e.short_name, e.name_zh) AS enterprise
ORDER BY center_id, project_id, enterprise_id

// name: results(project_ids)
// What projects brought forth. One row a project and result.
UNWIND $project_ids AS asked
MATCH (j:Project {id: asked})-[y:YIELDS]->(u:Result)
RETURN j.id AS project_id, u.id AS result_id, u.name_zh AS name_zh, u.result_kind AS result_kind, y.yielded_on AS yielded_on, y.id AS edge_id
ORDER BY project_id, result_id

// name: sources(result_ids)
// The centres of the projects that results come from; empty for a project of none. One row a result and centre.
UNWIND $result_ids AS asked
MATCH (u:Result {id: asked})<-[:YIELDS]-(j:Project)
OPTIONAL MATCH (j)-[:HOSTED_BY]->(c:Center)
RETURN DISTINCT u.id AS result_id, coalesce(c.id, '') AS center_id
ORDER BY result_id, center_id

// name: uses(result_ids)
// Where results are produced, and the products that they have become part of. One row a result and plant, place or product.
UNWIND $result_ids AS asked
MATCH (u:Result {id: asked})-[i:INDUSTRIALISED_IN]->(t:Plant|Place|Product)
RETURN u.id AS result_id, t.id AS to_id, t.name_zh AS name_zh, i.first_output_on AS first_output_on, i.id AS edge_id
ORDER BY result_id, to_id

// name: made(plant_ids)
// What is made in some plants. One row a plant and product.
UNWIND $plant_ids AS asked
MATCH (f:Plant {id: asked})-[:MAKES]->(p:Product)
RETURN f.id AS plant_id, p.id AS product_id, p.name_zh AS name_zh
ORDER BY plant_id, product_id

// name: published(center_ids)
// What operators or documents count in some centres, in all where none is named. One row a centre that has any such count.
MATCH (c:Center)
WHERE (size($center_ids) = 0 OR c.id IN $center_ids) AND (c.projects >= 0 OR c.rights >= 0 OR c.industrialised_at_home >= 0)
RETURN c.id AS center_id, c.projects AS projects, c.rights AS rights, c.industrialised_at_home AS industrialised_at_home
ORDER BY center_id
