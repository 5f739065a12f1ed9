// name: products_known(chains)
// Every chain, and of how many of its products something is on record: a maker, the share of one, the part that comes from abroad, the time to recover. One row a chain.
MATCH (c:Chain)
WHERE size($chains) = 0 OR c.id IN $chains
OPTIONAL MATCH (c)<-[:PART_OF]-(p:Product)
OPTIONAL MATCH (p)<-[m:MAKES]-(:Enterprise|Plant)
RETURN c.id AS chain_id, c.name_zh AS name_zh, c.name_en AS name_en, count(DISTINCT p.id) AS products,
       count(DISTINCT CASE WHEN m.id IS NOT NULL THEN p.id END) AS with_maker,
       count(DISTINCT CASE WHEN m.share IS NOT NULL THEN p.id END) AS with_share,
       count(DISTINCT CASE WHEN p.foreign_share IS NOT NULL THEN p.id END) AS with_foreign_share,
       count(DISTINCT CASE WHEN p.recovery_days IS NOT NULL THEN p.id END) AS with_recovery
ORDER BY chain_id

// name: makers_by_status(chains, before)
// Who makes the products of each chain, by how sure the record is, and how many records are older than a day. One row a chain.
MATCH (c:Chain)<-[:PART_OF]-(:Product)<-[m:MAKES]-(:Enterprise|Plant)
WHERE size($chains) = 0 OR c.id IN $chains
RETURN c.id AS chain_id,
       count(DISTINCT CASE WHEN m.status = 'documented' THEN m.id END) AS documented,
       count(DISTINCT CASE WHEN m.status = 'listed' THEN m.id END) AS listed,
       count(DISTINCT CASE WHEN m.status = 'inferred' THEN m.id END) AS inferred,
       count(DISTINCT CASE WHEN m.as_of < $before THEN m.id END) AS old
ORDER BY chain_id

// name: inputs_by_status(chains)
// What goes into the products of each chain: how many inputs, those that a document or a list has, those whose part of the cost is known. One row a chain.
MATCH (c:Chain)<-[:PART_OF]-(:Product)<-[i:INPUT_OF]-(:Product)
WHERE size($chains) = 0 OR c.id IN $chains
RETURN c.id AS chain_id, count(DISTINCT i.id) AS inputs,
       count(DISTINCT CASE WHEN i.status IN ['documented', 'listed'] THEN i.id END) AS sure_inputs,
       count(DISTINCT CASE WHEN i.cost_share IS NOT NULL THEN i.id END) AS with_cost_share
ORDER BY chain_id

// name: to_confirm(chains)
// The records of makers that are only inferred, those first on whose products most rests. One row a record and chain.
MATCH (c:Chain)<-[:PART_OF]-(p:Product)<-[m:MAKES]-(:Enterprise|Plant)
WHERE m.status = 'inferred' AND (size($chains) = 0 OR c.id IN $chains)
RETURN DISTINCT c.id AS chain_id, m.id AS edge_id, p.downstream AS downstream
ORDER BY chain_id, downstream DESC, edge_id
