// name: cities(place_ids)
// The cities of some places: the prefecture that a district lies in, else the place itself; and whether a part of the place is of another city, so that which of them is not known. One row a place.
MATCH (w:Place)
WHERE w.id IN $place_ids
OPTIONAL MATCH (c:Place)
WHERE c.id = w.city_id AND c.level = 'prefecture' AND w.level = 'district'
WITH w, coalesce(c.id, w.id) AS city_id, coalesce(c.level, w.level) = 'prefecture' AS is_prefecture
RETURN w.id AS place_id, city_id, EXISTS { MATCH (n:Place)-[:PART_OF]->(w) WHERE NOT is_prefecture OR n.level <> 'district' OR n.city_id <> city_id } AS is_wide
ORDER BY place_id
