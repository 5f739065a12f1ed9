// name: places_of_makers(areas, around, chains, limit)
// Makers whose place is not known closely enough to say whether they are in the areas: until it is, nobody can say that what they make is missing there. One row a maker or plant.
MATCH (m:Enterprise|Plant)-[s:CAN_SUPPLY]->(p:Product)
WHERE s.is_site AND (size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
  AND NOT EXISTS { MATCH (m)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around }
  AND NOT EXISTS { MATCH (m)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas }
RETURN m.id AS subject_id, coalesce(m.short_name, m.name_zh) AS name_zh, count(DISTINCT p.id) AS products, max(p.downstream) AS downstream
ORDER BY products DESC, downstream DESC, subject_id
LIMIT $limit

// name: controllers_of_makers(areas, chains, limit)
// Makers in the areas of which it is not known from which country they are controlled. One row a maker.
MATCH (e:Enterprise)-[s:CAN_SUPPLY]->(p:Product)
WHERE s.control_country IS NULL AND EXISTS { MATCH (e)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas }
  AND (size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
RETURN e.id AS subject_id, coalesce(e.short_name, e.name_zh) AS name_zh, count(DISTINCT p.id) AS products, max(p.downstream) AS downstream
ORDER BY products DESC, downstream DESC, subject_id
LIMIT $limit

// name: foreign_shares(chains, limit)
// Technologies that products need and of which no foreign share is known. One row a technology.
MATCH (t:Technology)<-[:NEEDS]-(p:Product)
WHERE t.foreign_share IS NULL AND t.foreign_share_min IS NULL AND t.foreign_share_max IS NULL
  AND (size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
RETURN t.id AS subject_id, t.name_zh AS name_zh, count(DISTINCT p.id) AS products, max(t.dependents) AS downstream
ORDER BY products DESC, downstream DESC, subject_id
LIMIT $limit

// name: classes_of_inputs(chains, limit)
// Products of which no use has an input class: whether anything essential rests on them is not known. One row a product.
MATCH (p:Product)
WHERE p.is_essential IS NULL AND p.needed_by > 0
  AND (size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
RETURN p.id AS subject_id, p.name_zh AS name_zh, p.needed_by AS products, p.downstream AS downstream
ORDER BY products DESC, downstream DESC, subject_id
LIMIT $limit

// name: recoveries(chains, limit)
// Essential products of which it is not known how long their making takes to recover. One row a product.
MATCH (p:Product)
WHERE p.is_essential AND p.recovery_days IS NULL AND p.needed_by > 0
  AND (size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
RETURN p.id AS subject_id, p.name_zh AS name_zh, p.needed_by AS products, p.downstream AS downstream
ORDER BY products DESC, downstream DESC, subject_id
LIMIT $limit

// name: essential_products(product_ids)
// Of some products those that a product needs as an essential input. One row a product.
MATCH (p:Product)
WHERE p.id IN $product_ids AND p.is_essential
RETURN p.id AS subject_id, p.name_zh AS name_zh, 1 AS products, p.downstream AS downstream
ORDER BY subject_id

// name: documents(subject_ids)
// What documents are on record for some nodes, where more may be found. One row a node and source.
MATCH (n:Enterprise|Plant|Product|Technology)
WHERE n.id IN $subject_ids
WITH n.id AS subject_id, n.source_ids AS source_ids
UNWIND source_ids AS source_id
MATCH (d:Source {id: source_id})
RETURN subject_id, d.id AS document_id, d.name_zh AS name_zh, d.name_en AS name_en
ORDER BY subject_id, document_id
