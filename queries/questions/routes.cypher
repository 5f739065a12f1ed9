// name: relations(node_ids)
// The relations of some nodes to others that a path may pass. One row an edge.
UNWIND $node_ids AS asked
MATCH (n:Center|Enterprise|Institute|Plant|Product|Project|Result|Technology {id: asked})
OPTIONAL MATCH (n)-[r:COOPERATES_WITH|HOSTED_BY|INDUSTRIALISED_IN|INPUT_OF|KIND_OF|MAKES|MASTERS|NEEDS|OPERATES|OWNS|RESEARCHES|RESIDENT_OF|RUNS|SUPPLIES|YIELDS]-(m:Center|Enterprise|Institute|Plant|Product|Project|Result|Technology)
WITH n, r, m
WHERE m.id <> n.id
RETURN DISTINCT r.id AS edge_id, r.confidence AS confidence, coalesce(r.cost_share, r.share) AS share
ORDER BY edge_id

// name: relations_of_ends(node_ids)
// The relations of some places, chains, proposed projects, reports and sectors, where a path may begin or end. One row an edge.
UNWIND $node_ids AS asked
MATCH (n:Chain|Place|Proposal|Report|Sector {id: asked})
OPTIONAL MATCH (n)-[r:AGREED_SPLIT|COMMISSIONED|FILLS|INDUSTRIALISED_IN|IN_SECTOR|LOCATED_IN|PART_OF|PROPOSES|PROVIDES|REPORTED|REPORTED_FOR|SECTOR_INPUT_OF|SENT_BY]-(m:Center|Chain|Enterprise|Institute|Place|Plant|Product|Proposal|Report|Result|Sector)
WITH n, r, m
WHERE m.id <> n.id
RETURN DISTINCT r.id AS edge_id, r.confidence AS confidence, r.share AS share
ORDER BY edge_id
