// name: technologies(chains, key_only, limit)
// Technologies with the parts of their index at least and at most, those first that may be surest to choke. One row a technology.
MATCH (t:Technology)
WHERE (NOT $key_only OR t.is_key) AND (size($chains) = 0 OR EXISTS { MATCH (t)<-[:NEEDS]-(:Product)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
WITH t, CASE WHEN t.needed_by > 0 THEN 1.0 ELSE 0.0 END AS essential_least, CASE WHEN t.masters > 0 THEN 1.0 / t.masters END AS hhi, CASE WHEN t.masters > 0 THEN 1.0 END AS hhi_most
RETURN t.id AS thing_id, t.name_zh AS name_zh, t.name_en AS name_en, t.field AS field, t.is_key AS is_key, CASE WHEN t.needed_by > 0 THEN true END AS is_essential,
       t.foreign_share AS foreign_share_least, t.foreign_share AS foreign_share_most, hhi, hhi_most, CASE WHEN t.masters > 0 THEN false END AS is_hhi_exact, t.dependents AS dependents,
       essential_least * coalesce(t.foreign_share, 0.0) * coalesce(hhi, 0.0) AS least, coalesce(t.foreign_share, 1.0) * coalesce(hhi_most, 1.0) AS most
ORDER BY floor(least * 1000000000 + 0.5) DESC, floor(most * 1000000000 + 0.5) DESC, dependents DESC, thing_id
LIMIT $limit

// name: products(chains, home, limit)
// The same of products. Shares of makers give the HHI; shares of the places that provide it, else of its makers, what comes from other countries than home: what known shares leave, or is of unknown country or of several, may be of any country. One row a product.
MATCH (p:Product)
WHERE size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains }
OPTIONAL MATCH (p)<-[m:CAN_SUPPLY]-(:Enterprise)
WHERE m.share IS NOT NULL
WITH p, p.makers - count(m.share) AS untold, coalesce(sum(m.share), 0.0) AS known, coalesce(sum(m.share * m.share), 0.0) AS squares
WITH p, untold, squares, CASE WHEN known >= 0.979999999 THEN known ELSE 1.0 END AS whole, CASE WHEN known >= 0.979999999 THEN 0.0 ELSE 1.0 - known END AS rest
WITH p, rest = 0 AS is_exact, CASE WHEN p.makers > 0 THEN (squares + CASE WHEN untold > 0 THEN rest * rest / untold ELSE 0.0 END) / (whole * whole) END AS hhi,
     CASE WHEN p.makers > 0 THEN (squares + rest * rest) / (whole * whole) END AS hhi_most
OPTIONAL MATCH (p)<-[r:CAN_SUPPLY|PROVIDES]-(x:Enterprise|Place)
WHERE (r.share IS NOT NULL OR r.is_negligible) AND x.id STARTS WITH CASE WHEN EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) } THEN 'place:' ELSE 'enterprise:' END
OPTIONAL MATCH (x)-[:LOCATED_IN]->(at:Place)
WITH p, is_exact, hhi, hhi_most, x, coalesce(r.share, 0.0) AS share, max(CASE WHEN coalesce(at.country_id, x.country_id) <> $home THEN 1 ELSE 0 END) AS abroad, max(CASE WHEN coalesce(at.country_id, x.country_id) = $home THEN 1 ELSE 0 END) AS at_home
WITH p, is_exact, hhi, hhi_most, count(x.id) AS told, coalesce(sum(share), 0.0) AS known, coalesce(sum(CASE WHEN abroad > at_home THEN share END), 0.0) AS foreign, coalesce(sum(CASE WHEN abroad < at_home THEN share END), 0.0) AS native
WITH p, is_exact, hhi, hhi_most, told, foreign, native, CASE WHEN known >= 0.979999999 THEN known ELSE 1.0 END AS whole
WITH p, is_exact, hhi, hhi_most, CASE WHEN told > 0 THEN foreign / whole END AS foreign_least, CASE WHEN told > 0 THEN (whole - native) / whole END AS foreign_most
RETURN p.id AS thing_id, p.name_zh AS name_zh, p.name_en AS name_en, null AS field, null AS is_key, p.is_essential AS is_essential, foreign_least AS foreign_share_least, foreign_most AS foreign_share_most, hhi, hhi_most, CASE WHEN p.makers > 0 THEN is_exact END AS is_hhi_exact, p.downstream AS dependents,
       CASE WHEN p.is_essential THEN coalesce(foreign_least, 0.0) * coalesce(hhi, 0.0) ELSE 0.0 END AS least,
       CASE WHEN coalesce(p.is_essential, true) THEN coalesce(foreign_most, 1.0) * coalesce(hhi_most, 1.0) ELSE 0.0 END AS most
ORDER BY floor(least * 1000000000 + 0.5) DESC, floor(most * 1000000000 + 0.5) DESC, dependents DESC, thing_id
LIMIT $limit

// name: technology_count(chains, key_only)
// How many technologies are looked at. One row.
MATCH (t:Technology)
WHERE (NOT $key_only OR t.is_key) AND (size($chains) = 0 OR EXISTS { MATCH (t)<-[:NEEDS]-(:Product)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
RETURN count(t) AS things, '' AS none_id
ORDER BY none_id

// name: near_things(thing_ids)
// How near, by who makes or masters both, everything else is to some products or technologies, added up. One row a product or technology that something is near.
UNWIND $thing_ids AS asked
MATCH (s:Product|Technology {id: asked})<-[m:MAKES|MASTERS]-(h:Enterprise)-[n:MAKES|MASTERS]->(q:Product|Technology)
WHERE q.id <> s.id
WITH s, q, count(DISTINCT h.id) AS together, coalesce(s.direct_makers, s.masters) AS own, coalesce(q.direct_makers, q.masters) AS other
RETURN s.id AS thing_id, coalesce(sum(together * 1.0 / CASE WHEN own > other THEN own ELSE other END), 0.0) AS proximity
ORDER BY thing_id

// name: near(thing_ids, areas)
// Enterprises of the areas that make or master something near to some products or technologies and do not hold these, and how near all that is. One row a product or technology and enterprise.
MATCH (s:Product|Technology)<-[m:MAKES|MASTERS]-(h:Enterprise)-[n:MAKES|MASTERS]->(q:Product|Technology)
WHERE s.id IN $thing_ids AND q.id <> s.id
WITH s, q, count(DISTINCT h.id) AS together, coalesce(s.direct_makers, s.masters) AS own, coalesce(q.direct_makers, q.masters) AS other
WITH s, q, together * 1.0 / CASE WHEN own > other THEN own ELSE other END AS phi
MATCH (q)<-[:MAKES|MASTERS]-(e:Enterprise)
WHERE EXISTS { MATCH (e)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AND NOT EXISTS { MATCH (e)-[:CAN_SUPPLY|MASTERS]->(s) }
WITH s, e, coalesce(sum(phi), 0.0) AS proximity
RETURN s.id AS thing_id, e.id AS who_id, coalesce(e.short_name, e.name_zh) AS name, proximity
ORDER BY thing_id, who_id

// name: goes_into(product_ids)
// What some products go into directly. One row an INPUT_OF edge.
UNWIND $product_ids AS asked
MATCH (s:Product {id: asked})-[i:INPUT_OF]->(q:Product)
WHERE s.id <> q.id
RETURN s.id AS thing_id, q.id AS product_id, q.name_zh AS name, q.needed_by AS needed_by, i.id AS edge_id
ORDER BY thing_id, product_id, edge_id

// name: needing(technology_ids)
// Products that need some technologies. One row a NEEDS edge.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[n:NEEDS]-(q:Product)
RETURN t.id AS thing_id, q.id AS product_id, q.name_zh AS name, q.needed_by AS needed_by, n.id AS edge_id
ORDER BY thing_id, product_id, edge_id

// name: users(technology_ids, areas)
// Enterprises of the areas that make products which need some technologies. One row a technology and enterprise.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:NEEDS]-(:Product)<-[:CAN_SUPPLY]-(e:Enterprise)-[:IN_AREA]->(a:Area)
WHERE a.id IN $areas
RETURN DISTINCT t.id AS thing_id, e.id AS who_id, coalesce(e.short_name, e.name_zh) AS name
ORDER BY thing_id, who_id

// name: researchers(technology_ids, areas)
// Institutes of the areas that work on some technologies. One row a technology and institute.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:RESEARCHES]-(i:Institute)-[:IN_AREA]->(a:Area)
WHERE a.id IN $areas
RETURN DISTINCT t.id AS thing_id, i.id AS who_id, i.name_zh AS name
ORDER BY thing_id, who_id
