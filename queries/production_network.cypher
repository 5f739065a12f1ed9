// name: making(min_confidence)
// Who makes what: each row is a line of the production network. One row a MAKES edge.
MATCH (e:Enterprise)-[m:MAKES]->(p:Product)
WHERE coalesce(m.confidence, 0.0) >= $min_confidence
RETURN e.id AS enterprise_id, p.id AS product_id, m.share AS share, m.rank AS rank
ORDER BY enterprise_id, product_id

// name: narrower_makers(sold_ids, min_confidence)
// Who makes a narrower kind of an input that nobody is on record as making or selling itself: they supply its users. One row a way of supplying.
MATCH (k:Product)<-[s:CAN_SUPPLY]-(e:Enterprise)
WHERE s.steps > 0 AND coalesce(s.confidence, 0.0) >= $min_confidence AND NOT k.id IN $sold_ids
  AND EXISTS { MATCH (k)-[:INPUT_OF]->(q:Product) WHERE q.id <> k.id }
  AND NOT EXISTS { MATCH (k)<-[m:MAKES]-(:Enterprise) WHERE coalesce(m.confidence, 0.0) >= $min_confidence }
RETURN k.id AS product_id, e.id AS enterprise_id, s.made_id AS made_id, s.steps AS steps
ORDER BY product_id, enterprise_id, steps, made_id

// name: sales()
// Sales on record between enterprises, with the product sold where that is known and in the graph. One row a SUPPLIES edge.
MATCH (supplier:Enterprise)-[s:SUPPLIES]->(buyer:Enterprise)
WHERE supplier.id <> buyer.id
OPTIONAL MATCH (p:Product)
WHERE p.id = s.product_id
RETURN supplier.id AS supplier_id, buyer.id AS buyer_id, p.id AS product_id, s.amount_10k_cny AS amount_10k_cny, s.share AS share, s.share_of AS share_of, s.id AS sale_id
ORDER BY supplier_id, buyer_id, sale_id

// name: inputs(sold_ids, with_equipment)
// What goes into what, of products that somebody makes or is on record as selling: links are derived from these but for equipment, which is marked and no flow unless it is asked for. The cost share is the one on record, else the mean of the product's known ones, else all its flows count alike. One row an INPUT_OF edge.
MATCH (k:Product)-[i:INPUT_OF]->(q:Product)
WHERE k.id <> q.id AND (k.makers > 0 OR k.id IN $sold_ids) AND (q.makers > 0 OR q.id IN $sold_ids)
OPTIONAL MATCH (q)<-[other:INPUT_OF]-(x:Product)
WHERE x.id <> q.id AND ($with_equipment OR coalesce(other.input_kind, '') <> 'equipment')
WITH k, q, i, avg(other.cost_share) AS typical, count(x.id) AS flows
RETURN k.id AS input_id, q.id AS product_id, i.input_class AS input_class, coalesce(i.cost_share, typical, CASE WHEN flows > 0 THEN 1.0 / flows END) AS cost_share,
       coalesce(i.input_kind, '') = 'equipment' AS is_equipment
ORDER BY input_id, product_id

// name: outside_shares()
// What enterprises pay and earn outside the network, as far as known. One row an enterprise.
MATCH (e:Enterprise)
WHERE e.outside_cost_share IS NOT NULL OR e.outside_revenue_share IS NOT NULL
RETURN e.id AS enterprise_id, e.outside_cost_share AS cost_share, e.outside_revenue_share AS revenue_share
ORDER BY enterprise_id
