// name: sources_of(subject_ids, level, areas, around, min_confidence)
// Who or what some products or technologies come from: enterprises, or places where these are counted and some are on record as providing it; whether in the areas, whether also or only elsewhere. One row a subject, source and way of supplying, and place of the level that the source is in.
MATCH (s:Product|Technology)<-[r:CAN_SUPPLY|MASTERS|PROVIDES]-(x:Enterprise|Place)
WHERE s.id IN $subject_ids AND coalesce(r.confidence, 0.0) >= $min_confidence
  AND x.id STARTS WITH CASE WHEN $level <> 'enterprise' AND EXISTS { MATCH (s)<-[v:PROVIDES]-(:Place) WHERE coalesce(v.confidence, 0.0) >= $min_confidence } THEN 'place:' ELSE 'enterprise:' END
OPTIONAL MATCH (x)-[l:LOCATED_IN]->(at:Place)
RETURN s.id AS subject_id, x.id AS source_id, coalesce(x.short_name, x.name_zh) AS name, r.steps AS steps, r.made_id AS made_id, r.id AS edge_id, l.id AS located_id,
       coalesce(r.share, CASE WHEN r.is_negligible THEN 0.0 END) AS share,
       CASE $level WHEN 'enterprise' THEN x.id WHEN 'city' THEN coalesce(at.city_id, x.city_id) WHEN 'province' THEN coalesce(at.province_id, x.province_id) ELSE coalesce(at.country_id, x.country_id) END AS place_id,
       EXISTS { MATCH (x)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_in,
       at.id IS NOT NULL AND NOT at.id IN $around AND NOT EXISTS { MATCH (at)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas } AS is_away
ORDER BY subject_id, source_id, steps, edge_id, located_id

// name: technologies_of(chains)
// The technologies that the products of some chains need. One row a technology.
MATCH (t:Technology)<-[:NEEDS]-(:Product)-[:PART_OF]->(c:Chain)
WHERE c.id IN $chains
RETURN DISTINCT t.id AS technology_id
ORDER BY technology_id

// name: subject_count(prefix, chains)
// How many products or technologies there are, of products those of the chains. One row.
MATCH (s:Product|Technology)
WHERE s.id STARTS WITH $prefix AND (size($chains) = 0 OR EXISTS { MATCH (s)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
RETURN count(s) AS subjects, '' AS none_id
ORDER BY none_id

// name: countries()
// The countries on record and what they are called. One row a country.
MATCH (w:Place)
WHERE w.level = 'country'
RETURN w.id AS country_id, w.name_zh AS name_zh, w.name_en AS name_en, w.aliases AS aliases
ORDER BY country_id
