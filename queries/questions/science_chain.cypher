// name: technologies(technology_ids, chains, key_only)
// The technologies asked for, else those that products of the chains need, else all; and how many products depend on each. One row a technology.
MATCH (t:Technology)
WHERE (size($technology_ids) = 0 OR t.id IN $technology_ids) AND (NOT $key_only OR t.is_key)
  AND (size($chains) = 0 OR size($technology_ids) > 0 OR EXISTS { MATCH (t)<-[:NEEDS]-(:Product)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
RETURN t.id AS technology_id, t.name_zh AS name_zh, t.name_en AS name_en, t.field AS field, t.is_key AS is_key, t.dependents AS dependents
ORDER BY technology_id

// name: institutes(technology_ids, areas, around)
// Science: institutes that research technologies, whether they are in the areas, and whether their place is known closely enough to say so. One row a technology and institute.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:RESEARCHES]-(h:Institute)
WITH DISTINCT t, h
RETURN t.id AS technology_id, h.id AS holder_id, h.id AS over_id,
       EXISTS { MATCH (h)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
       EXISTS { MATCH (h)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed
ORDER BY technology_id, holder_id

// name: centres(technology_ids, areas, around)
// Centres of which a resident masters technologies, and the first such resident. One row a technology and centre.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:MASTERS]-(e:Enterprise)-[r:RESIDENT_OF]->(h:Center)
WITH t, h, min(CASE WHEN r.resident_status = 'resident' THEN e.id END) AS over_id
WHERE over_id <> ''
RETURN t.id AS technology_id, h.id AS holder_id, over_id,
       EXISTS { MATCH (h)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
       EXISTS { MATCH (h)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed
ORDER BY technology_id, holder_id

// name: masters(technology_ids, areas, around)
// Mastery: enterprises that master technologies. One row a technology and enterprise.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:MASTERS]-(h:Enterprise)
WITH DISTINCT t, h
RETURN t.id AS technology_id, h.id AS holder_id, h.id AS over_id,
       EXISTS { MATCH (h)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
       EXISTS { MATCH (h)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed
ORDER BY technology_id, holder_id

// name: needs(technology_ids, chains)
// Product: products of the chains that need technologies, the most depended-on first. One row a technology and product.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:NEEDS]-(p:Product)
WHERE size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains }
RETURN DISTINCT t.id AS technology_id, p.id AS product_id, p.downstream AS downstream
ORDER BY technology_id, downstream DESC, product_id

// name: suppliers(product_ids, areas, around, min_confidence)
// Industry: at how many sites products are made: in the areas, perhaps there, and elsewhere. One row a product that anybody makes.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})<-[s:CAN_SUPPLY]-(h:Enterprise|Plant)
WHERE s.is_site AND coalesce(s.confidence, 0.0) >= $min_confidence
WITH p, h, EXISTS { MATCH (h)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
     EXISTS { MATCH (h)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed
RETURN p.id AS product_id, count(CASE WHEN is_here THEN 1 END) AS here, count(CASE WHEN NOT is_here AND NOT is_placed THEN 1 END) AS unplaced,
       count(CASE WHEN NOT is_here AND is_placed THEN 1 END) AS elsewhere
ORDER BY product_id
