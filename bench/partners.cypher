// name: nodes()
// Every enterprise, product and technology. One row a node.
MATCH (n:Enterprise|Product|Technology)
RETURN n.id AS node_id
ORDER BY node_id

// name: makes()
// Who makes what itself. One row an enterprise and product.
MATCH (e:Enterprise)-[:MAKES]->(p:Product)
RETURN DISTINCT e.id AS start_id, p.id AS end_id
ORDER BY start_id, end_id

// name: inputs()
// What goes into what. One row a pair of products.
MATCH (p:Product)-[:INPUT_OF]->(q:Product)
WHERE p.id <> q.id
RETURN DISTINCT p.id AS start_id, q.id AS end_id
ORDER BY start_id, end_id

// name: kinds()
// What is a kind of what, through any number of steps. One row a pair of products.
MATCH (p:Product)-[:IS_KIND_OF]->(q:Product)
RETURN DISTINCT p.id AS start_id, q.id AS end_id
ORDER BY start_id, end_id

// name: needs()
// Which technologies products need. One row a product and technology.
MATCH (p:Product)-[:NEEDS]->(t:Technology)
RETURN DISTINCT p.id AS start_id, t.id AS end_id
ORDER BY start_id, end_id

// name: masters()
// Which technologies enterprises master. One row an enterprise and technology.
MATCH (e:Enterprise)-[:MASTERS]->(t:Technology)
RETURN DISTINCT e.id AS start_id, t.id AS end_id
ORDER BY start_id, end_id
