// name: all_technologies()
// Every technology. One row a technology.
MATCH (t:Technology)
RETURN t.id AS technology_id, t.name_zh AS name_zh, t.name_en AS name_en, t.field AS field, t.is_key AS is_key
ORDER BY technology_id

// name: technology_holders()
// Enterprises on record as mastering a technology, and where they are. One row a technology, enterprise and place.
MATCH (e:Enterprise)-[m:MASTERS]->(t:Technology)
OPTIONAL MATCH (e)-[:LOCATED_IN]->(q:Place)
RETURN m.id AS edge_id, t.id AS technology_id, e.id AS holder_id, e.name_zh AS name_zh, e.short_name AS short_name, q.id AS place_id
ORDER BY technology_id, holder_id, place_id

// name: technology_researchers()
// Institutes on record as working on a technology, and where they are. One row a technology, institute and place.
MATCH (i:Institute)-[m:RESEARCHES]->(t:Technology)
OPTIONAL MATCH (i)-[:LOCATED_IN]->(q:Place)
RETURN m.id AS edge_id, t.id AS technology_id, i.id AS holder_id, i.name_zh AS name_zh, q.id AS place_id
ORDER BY technology_id, holder_id, place_id
