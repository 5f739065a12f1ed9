// name: technologies(chains, key_only, limit)
// Technologies with the parts of their index at least and at most, those first whose index is the greatest by the middle of its parts; those of which nothing bounds it last. One row a technology.
MATCH (t:Technology)
WHERE (NOT $key_only OR t.is_key) AND (size($chains) = 0 OR EXISTS { MATCH (t)<-[:NEEDS]-(:Product)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
WITH t, CASE WHEN t.needed_by > 0 THEN 1.0 ELSE 0.0 END AS essential_least, CASE WHEN t.masters > 0 THEN 1.0 / t.masters END AS hhi, CASE WHEN t.masters > 0 THEN 1.0 END AS hhi_most,
     coalesce(t.foreign_share_min, t.foreign_share, t.foreign_share_max) IS NOT NULL AS is_told, coalesce(t.foreign_share_min, t.foreign_share, 0.0) AS foreign_least, coalesce(t.foreign_share_max, t.foreign_share, 1.0) AS foreign_most
RETURN t.id AS thing_id, t.name_zh AS name_zh, t.name_en AS name_en, t.field AS field, t.is_key AS is_key, CASE WHEN t.needed_by > 0 THEN true END AS is_essential,
       foreign_least, foreign_most, is_told, CASE WHEN is_told THEN t.foreign_basis END AS foreign_basis, CASE WHEN is_told THEN t.foreign_year END AS foreign_year, hhi, hhi_most, CASE WHEN t.masters > 0 THEN false END AS is_hhi_exact, t.dependents AS dependents,
       essential_least * foreign_least * coalesce(hhi, 0.0) AS least, foreign_most * coalesce(hhi_most, 1.0) AS most,
       (essential_least + 1) * (foreign_least + foreign_most) * (coalesce(hhi, 0.0) + coalesce(hhi_most, 1.0)) / 8 AS middle,
       foreign_least < 0.000000001 AND foreign_most * coalesce(hhi_most, 1.0) > 0.999999999 AS is_open
ORDER BY CASE WHEN is_open THEN 1 ELSE 0 END, CASE WHEN is_open THEN 0 ELSE floor(middle * 1000000000 + 0.5) END DESC, dependents DESC, thing_id
LIMIT $limit

// name: products(chains, home, limit)
// The same of products. Where no foreign share is on record it is, of the known shares of the places that provide it, else of its makers where they make it, what comes from other countries than home: what known shares leave, or is of unknown country or of several, or is made at home under control from abroad or nobody knows whose, may be foreign. One row a product.
MATCH (p:Product)
WHERE size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains }
OPTIONAL MATCH (p)<-[m:CAN_SUPPLY]-(:Enterprise|Plant)
WHERE m.is_site AND m.source_share IS NOT NULL
WITH p, m.maker_id AS maker, m.source_id AS source, max(m.source_share) AS share
WITH p, maker, coalesce(sum(share), 0.0) AS share
WITH p, coalesce(sum(share), 0.0) AS known, coalesce(sum(share * share), 0.0) AS squares
WITH p, squares, CASE WHEN known >= 0.979999999 THEN known ELSE 1.0 END AS whole, CASE WHEN known >= 0.979999999 THEN 0.0 ELSE 1.0 - known END AS rest
WITH p, rest = 0 AS is_exact, CASE WHEN p.makers > 0 THEN squares / (whole * whole) END AS hhi,
     CASE WHEN p.makers > 0 THEN (squares + rest * rest) / (whole * whole) END AS hhi_most
OPTIONAL MATCH (p)<-[r:CAN_SUPPLY|PROVIDES]-(x:Enterprise|Plant|Place)
WHERE coalesce(r.is_site, true) AND (r.share IS NOT NULL AND r.source_id IS NULL OR r.source_share IS NOT NULL OR r.is_negligible)
  AND CASE WHEN EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) } THEN x.id STARTS WITH 'place:' ELSE NOT x.id STARTS WITH 'place:' END
OPTIONAL MATCH (x)-[:LOCATED_IN]->(at:Place)
WITH p, is_exact, hhi, hhi_most, coalesce(r.source_id, x.id) AS source, x, r, coalesce(at.country_id, x.country_id) AS country
WITH p, is_exact, hhi, hhi_most, source, max(CASE WHEN r.source_id IS NULL THEN coalesce(r.share, 0.0) ELSE r.source_share END) AS share,
     max(CASE WHEN country <> $home THEN 1 ELSE 0 END) = 1 AS is_abroad, max(CASE WHEN country = $home THEN 1 ELSE 0 END) = 1 AS is_home,
     max(CASE WHEN x.id STARTS WITH 'place:' OR r.control_country = 'CHN' THEN 0 ELSE 1 END) = 0 AS is_ours, count(DISTINCT x.id) = count(DISTINCT CASE WHEN country <> '' THEN x.id END) AS is_placed
WITH p, is_exact, hhi, hhi_most, count(source) AS told, coalesce(sum(share), 0.0) AS known, coalesce(sum(CASE WHEN is_placed AND is_abroad AND NOT is_home THEN share END), 0.0) AS foreign,
     coalesce(sum(CASE WHEN is_placed AND is_home AND NOT is_abroad AND is_ours THEN share END), 0.0) AS native
WITH p, is_exact, hhi, hhi_most, told, foreign, native, CASE WHEN known >= 0.979999999 THEN known ELSE 1.0 END AS whole, coalesce(p.foreign_share_min, p.foreign_share, p.foreign_share_max) IS NOT NULL AS is_told,
     CASE WHEN p.is_essential THEN 1.0 ELSE 0.0 END AS essential_least, CASE WHEN coalesce(p.is_essential, true) THEN 1.0 ELSE 0.0 END AS essential_most
WITH *, CASE WHEN is_told THEN coalesce(p.foreign_share_min, p.foreign_share, 0.0) WHEN told > 0 THEN foreign / whole ELSE 0.0 END AS foreign_least,
     CASE WHEN is_told THEN coalesce(p.foreign_share_max, p.foreign_share, 1.0) WHEN told > 0 THEN (whole - native) / whole ELSE 1.0 END AS foreign_most
RETURN p.id AS thing_id, p.name_zh AS name_zh, p.name_en AS name_en, null AS field, null AS is_key, p.is_essential AS is_essential,
       foreign_least, foreign_most, is_told, CASE WHEN is_told THEN p.foreign_basis END AS foreign_basis, CASE WHEN is_told THEN p.foreign_year END AS foreign_year, hhi, hhi_most, CASE WHEN p.makers > 0 THEN is_exact END AS is_hhi_exact, p.downstream AS dependents,
       essential_least * foreign_least * coalesce(hhi, 0.0) AS least, essential_most * foreign_most * coalesce(hhi_most, 1.0) AS most,
       (essential_least + essential_most) * (foreign_least + foreign_most) * (coalesce(hhi, 0.0) + coalesce(hhi_most, 1.0)) / 8 AS middle,
       foreign_least < 0.000000001 AND essential_most * foreign_most * coalesce(hhi_most, 1.0) > 0.999999999 AS is_open
ORDER BY CASE WHEN is_open THEN 1 ELSE 0 END, CASE WHEN is_open THEN 0 ELSE floor(middle * 1000000000 + 0.5) END DESC, dependents DESC, thing_id
LIMIT $limit

// name: technology_counts(chains, key_only)
// How many technologies are looked at, of how many nothing bounds the index, and what is not known of how many. One row.
MATCH (t:Technology)
WHERE (NOT $key_only OR t.is_key) AND (size($chains) = 0 OR EXISTS { MATCH (t)<-[:NEEDS]-(:Product)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
WITH t, CASE WHEN t.needed_by > 0 THEN 1.0 ELSE 0.0 END AS essential_least, CASE WHEN t.masters > 0 THEN 1.0 / t.masters END AS hhi, CASE WHEN t.masters > 0 THEN 1.0 END AS hhi_most,
     coalesce(t.foreign_share_min, t.foreign_share, t.foreign_share_max) IS NOT NULL AS is_told, coalesce(t.foreign_share_min, t.foreign_share, 0.0) AS foreign_least, coalesce(t.foreign_share_max, t.foreign_share, 1.0) AS foreign_most
RETURN count(t) AS things, count(CASE WHEN foreign_least < 0.000000001 AND foreign_most * coalesce(hhi_most, 1.0) > 0.999999999 THEN 1 END) AS open,
       count(CASE WHEN t.needed_by = 0 THEN 1 END) AS no_class, count(CASE WHEN foreign_least < 0.000000001 AND foreign_most > 0.999999999 THEN 1 END) AS no_foreign_share, count(CASE WHEN hhi IS NULL THEN 1 END) AS no_holder, '' AS none_id
ORDER BY none_id

// name: product_counts(chains, home)
// The same of products (see `products`). One row.
MATCH (p:Product)
WHERE size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains }
OPTIONAL MATCH (p)<-[m:CAN_SUPPLY]-(:Enterprise|Plant)
WHERE m.is_site AND m.source_share IS NOT NULL
WITH p, m.maker_id AS maker, m.source_id AS source, max(m.source_share) AS share
WITH p, maker, coalesce(sum(share), 0.0) AS share
WITH p, coalesce(sum(share), 0.0) AS known, coalesce(sum(share * share), 0.0) AS squares
WITH p, squares, CASE WHEN known >= 0.979999999 THEN known ELSE 1.0 END AS whole, CASE WHEN known >= 0.979999999 THEN 0.0 ELSE 1.0 - known END AS rest
WITH p, rest = 0 AS is_exact, CASE WHEN p.makers > 0 THEN squares / (whole * whole) END AS hhi,
     CASE WHEN p.makers > 0 THEN (squares + rest * rest) / (whole * whole) END AS hhi_most
OPTIONAL MATCH (p)<-[r:CAN_SUPPLY|PROVIDES]-(x:Enterprise|Plant|Place)
WHERE coalesce(r.is_site, true) AND (r.share IS NOT NULL AND r.source_id IS NULL OR r.source_share IS NOT NULL OR r.is_negligible)
  AND CASE WHEN EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) } THEN x.id STARTS WITH 'place:' ELSE NOT x.id STARTS WITH 'place:' END
OPTIONAL MATCH (x)-[:LOCATED_IN]->(at:Place)
WITH p, is_exact, hhi, hhi_most, coalesce(r.source_id, x.id) AS source, x, r, coalesce(at.country_id, x.country_id) AS country
WITH p, is_exact, hhi, hhi_most, source, max(CASE WHEN r.source_id IS NULL THEN coalesce(r.share, 0.0) ELSE r.source_share END) AS share,
     max(CASE WHEN country <> $home THEN 1 ELSE 0 END) = 1 AS is_abroad, max(CASE WHEN country = $home THEN 1 ELSE 0 END) = 1 AS is_home,
     max(CASE WHEN x.id STARTS WITH 'place:' OR r.control_country = 'CHN' THEN 0 ELSE 1 END) = 0 AS is_ours, count(DISTINCT x.id) = count(DISTINCT CASE WHEN country <> '' THEN x.id END) AS is_placed
WITH p, is_exact, hhi, hhi_most, count(source) AS told, coalesce(sum(share), 0.0) AS known, coalesce(sum(CASE WHEN is_placed AND is_abroad AND NOT is_home THEN share END), 0.0) AS foreign,
     coalesce(sum(CASE WHEN is_placed AND is_home AND NOT is_abroad AND is_ours THEN share END), 0.0) AS native
WITH p, is_exact, hhi, hhi_most, told, foreign, native, CASE WHEN known >= 0.979999999 THEN known ELSE 1.0 END AS whole, coalesce(p.foreign_share_min, p.foreign_share, p.foreign_share_max) IS NOT NULL AS is_told,
     CASE WHEN p.is_essential THEN 1.0 ELSE 0.0 END AS essential_least, CASE WHEN coalesce(p.is_essential, true) THEN 1.0 ELSE 0.0 END AS essential_most
WITH *, CASE WHEN is_told THEN coalesce(p.foreign_share_min, p.foreign_share, 0.0) WHEN told > 0 THEN foreign / whole ELSE 0.0 END AS foreign_least,
     CASE WHEN is_told THEN coalesce(p.foreign_share_max, p.foreign_share, 1.0) WHEN told > 0 THEN (whole - native) / whole ELSE 1.0 END AS foreign_most
RETURN count(p) AS things, count(CASE WHEN foreign_least < 0.000000001 AND essential_most * foreign_most * coalesce(hhi_most, 1.0) > 0.999999999 THEN 1 END) AS open,
       count(CASE WHEN p.is_essential IS NULL THEN 1 END) AS no_class, count(CASE WHEN foreign_least < 0.000000001 AND foreign_most > 0.999999999 THEN 1 END) AS no_foreign_share, count(CASE WHEN hhi IS NULL THEN 1 END) AS no_holder, '' AS none_id
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
WHERE EXISTS { MATCH (e)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AND NOT EXISTS { MATCH (e)-[:CAN_SUPPLY|MASTERS]->(s) } AND NOT EXISTS { MATCH (e)-[:OPERATES]->(:Plant)-[:CAN_SUPPLY]->(s) }
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
// Enterprises that make products which need some technologies in the areas. One row a technology and enterprise.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:NEEDS]-(:Product)<-[u:CAN_SUPPLY]-(x:Enterprise|Plant)-[:IN_AREA]->(a:Area)
WHERE a.id IN $areas AND u.is_site
OPTIONAL MATCH (x)<-[:OPERATES]-(m:Enterprise)
WHERE m.id = u.maker_id
RETURN DISTINCT t.id AS thing_id, u.maker_id AS who_id, coalesce(m.short_name, m.name_zh, x.short_name, x.name_zh) AS name
ORDER BY thing_id, who_id

// name: researchers(technology_ids, areas)
// Institutes of the areas that work on some technologies. One row a technology and institute.
UNWIND $technology_ids AS asked
MATCH (t:Technology {id: asked})<-[:RESEARCHES]-(i:Institute)-[:IN_AREA]->(a:Area)
WHERE a.id IN $areas
RETURN DISTINCT t.id AS thing_id, i.id AS who_id, i.name_zh AS name
ORDER BY thing_id, who_id
