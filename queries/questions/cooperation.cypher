// name: needed_technologies(product_ids)
// The technologies that some products need. One row a product and technology.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})-[:NEEDS]->(t:Technology)
RETURN DISTINCT p.id AS product_id, t.id AS technology_id
ORDER BY product_id, technology_id

// name: needing_products(technology_ids)
// The products that need some technologies. One row a product and technology.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:NEEDS]-(p:Product)
RETURN DISTINCT p.id AS product_id, t.id AS technology_id
ORDER BY product_id, technology_id

// name: researchers(technology_ids)
// Who researches some technologies. One row an institute and technology.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:RESEARCHES]-(i:Institute)
RETURN DISTINCT i.id AS institute_id, i.kind AS kind, t.id AS over_id
ORDER BY institute_id, over_id

// name: masters(technology_ids)
// Who masters some technologies. One row an enterprise and technology.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:MASTERS]-(e:Enterprise)
RETURN DISTINCT e.id AS enterprise_id, t.id AS technology_id
ORDER BY enterprise_id, technology_id

// name: cooperating(enterprise_ids)
// The institutes that some enterprises cooperate with. One row an institute and enterprise.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})-[:COOPERATES_WITH]->(i:Institute)
RETURN DISTINCT i.id AS institute_id, i.kind AS kind, e.id AS over_id
ORDER BY institute_id, over_id

// name: hosts(enterprise_ids)
// The centres that some enterprises are resident in, and the places that sent these. One row a centre, enterprise and place.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})-[r:RESIDENT_OF]->(c:Center)
WHERE r.resident_status = 'resident'
OPTIONAL MATCH (c)-[:SENT_BY]->(w:Place)
RETURN DISTINCT c.id AS center_id, e.id AS enterprise_id, w.id AS place_id
ORDER BY center_id, enterprise_id, place_id

// name: funded(product_ids)
// The projects that are proposed to a fund and would make some products. One row a project and product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})<-[:FILLS]-(r:Proposal)
RETURN DISTINCT r.id AS proposal_id, p.id AS product_id
ORDER BY proposal_id, product_id

// name: seats(node_ids)
// The cities that some nodes are in. One row a node and city.
UNWIND $node_ids AS asked
MATCH (n:Center|Enterprise|Institute|Plant|Proposal {id: asked})-[:LOCATED_IN]->(w:Place)
RETURN DISTINCT n.id AS node_id, coalesce(w.city_id, w.id) AS city_id
ORDER BY node_id, city_id
