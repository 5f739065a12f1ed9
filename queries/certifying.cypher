// name: industrialised(center_ids)
// Projects of some centres, and of how many a result is produced in a place of the corridor. One row a centre that has projects.
UNWIND $center_ids AS asked
MATCH (c:Center {id: asked})<-[:HOSTED_BY]-(j:Project)
RETURN c.id AS center_id, count(DISTINCT j.id) AS projects,
       count(DISTINCT CASE WHEN EXISTS { MATCH (j)-[:YIELDS]->(:Result)-[:INDUSTRIALISED_IN]->(:Plant|Place)-[:IN_AREA]->(a:Area) WHERE a.id = 'area:corridor' } THEN j.id END) AS industrialised
ORDER BY center_id
