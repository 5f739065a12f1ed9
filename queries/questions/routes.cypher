// name: relations(node_ids)
// The relations of some nodes to others that a path may pass. One row an edge.
UNWIND $node_ids AS asked
MATCH (n:Center|Enterprise|Institute|Plant|Product|Technology {id: asked})
OPTIONAL MATCH (n)-[r:COOPERATES_WITH|INPUT_OF|KIND_OF|MAKES|MASTERS|NEEDS|OPERATES|OWNS|RESEARCHES|RESIDENT_OF|SUPPLIES]-(m:Center|Enterprise|Institute|Plant|Product|Technology)
WITH n, r, m
WHERE m.id <> n.id
RETURN DISTINCT r.id AS edge_id, r.confidence AS confidence, coalesce(r.cost_share, r.share) AS share
ORDER BY edge_id

// name: relations_of_ends(node_ids)
// The relations of some places, chains, proposed projects and sectors, where a path may begin or end. One row an edge.
UNWIND $node_ids AS asked
MATCH (n:Chain|Place|Proposal|Sector {id: asked})
OPTIONAL MATCH (n)-[r:FILLS|IN_SECTOR|LOCATED_IN|PART_OF|PROPOSES|PROVIDES|SECTOR_INPUT_OF|SENT_BY]-(m:Center|Chain|Enterprise|Institute|Place|Plant|Product|Proposal|Sector)
WITH n, r, m
WHERE m.id <> n.id
RETURN DISTINCT r.id AS edge_id, r.confidence AS confidence, r.share AS share
ORDER BY edge_id
