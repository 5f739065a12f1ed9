// name: sources_of(subject_ids, level, areas, around, min_confidence)
// Who or what some products or technologies come from: makers by where they make it, or places where these are counted and some are on record as providing it; whether in the areas, whether also or only elsewhere. One row a subject, source, site and way of supplying, and place of the level that the site is in.
MATCH (s:Product|Technology)<-[r:CAN_SUPPLY|MASTERS|PROVIDES]-(x:Enterprise|Plant|Place)
WHERE s.id IN $subject_ids AND coalesce(r.is_site, true) AND coalesce(r.confidence, 0.0) >= $min_confidence
  AND CASE WHEN NOT $level IN ['enterprise', 'group'] AND EXISTS { MATCH (s)<-[v:PROVIDES]-(:Place) WHERE coalesce(v.confidence, 0.0) >= $min_confidence } THEN x.id STARTS WITH 'place:' ELSE NOT x.id STARTS WITH 'place:' END
OPTIONAL MATCH (x)-[l:LOCATED_IN]->(at:Place)
OPTIONAL MATCH (x)<-[:OPERATES]-(m:Enterprise)
WHERE m.id = r.maker_id
OPTIONAL MATCH (g:Enterprise)
WHERE g.id = x.group_id
WITH s, r, x, l, at, m, g, CASE WHEN $level IN ['enterprise', 'group'] THEN coalesce(r.maker_id, x.id) ELSE coalesce(r.source_id, x.id) END AS source
RETURN s.id AS subject_id, source AS source_id, coalesce(r.source_id, x.id) AS unit_id, x.id AS site_id,
       CASE WHEN source = x.id THEN coalesce(x.short_name, x.name_zh) ELSE coalesce(m.short_name, m.name_zh) END AS name, r.steps AS steps, r.made_id AS made_id, r.id AS edge_id, l.id AS located_id,
       CASE WHEN r.source_id IS NULL THEN coalesce(r.share, CASE WHEN r.is_negligible THEN 0.0 END) ELSE r.source_share END AS share,
       CASE $level WHEN 'enterprise' THEN source WHEN 'group' THEN coalesce(r.group_id, x.group_id) WHEN 'city' THEN coalesce(at.city_id, x.city_id) WHEN 'province' THEN coalesce(at.province_id, x.province_id) ELSE coalesce(at.country_id, x.country_id) END AS place_id,
       coalesce(r.control_country, x.control_country, g.control_country) AS control_country,
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
