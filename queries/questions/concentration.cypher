// name: by_enterprise(prefix, subject_ids, chains, areas, around, min_confidence, hhi_above, outside_above, limit)
// Products or technologies with a source on record: on how few enterprises they rest and how much is outside the areas, the first to look at first. One row a subject.
// The rest, which known shares leave of the whole, may be of anybody, on record or not: the least HHI spreads it over any number, the most gives it to one.
MATCH (s:Product|Technology)<-[r:CAN_SUPPLY|MASTERS]-(x:Enterprise|Plant)
WHERE s.id STARTS WITH $prefix AND (size($subject_ids) = 0 OR s.id IN $subject_ids)
  AND (size($chains) = 0 OR EXISTS { MATCH (s)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
  AND coalesce(r.is_site, true) AND coalesce(r.confidence, 0.0) >= $min_confidence
OPTIONAL MATCH (x)-[:IN_AREA]->(a:Area)
WHERE a.id IN $areas
OPTIONAL MATCH (x)-[:LOCATED_IN]->(w:Place)
WHERE NOT w.id IN $around AND NOT EXISTS { MATCH (w)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas }
WITH s, x, coalesce(r.maker_id, x.id) AS maker, coalesce(r.source_id, x.id) AS source, max(r.source_share) AS share, count(a) > 0 AS is_in, count(w) > 0 AS is_out
WITH s, maker, CASE WHEN count(share) = count(source) THEN CASE WHEN min(source) = maker THEN max(share) ELSE coalesce(sum(share), 0.0) END END AS share,
     max(CASE WHEN is_in THEN 1 ELSE 0 END) = 1 AS is_in, min(CASE WHEN is_out AND NOT is_in THEN 1 ELSE 0 END) = 1 AS is_away, max(CASE WHEN is_out OR NOT is_in THEN 1 ELSE 0 END) = 1 AS is_loose
WITH s, count(maker) AS sources, coalesce(sum(share), 0.0) AS known, coalesce(sum(share * share), 0.0) AS squares,
     count(CASE WHEN is_in THEN 1 END) AS inside, count(CASE WHEN is_away THEN 1 END) AS outside,
     coalesce(sum(CASE WHEN is_away THEN share END), 0.0) AS out, coalesce(sum(CASE WHEN is_away THEN share * share END), 0.0) AS out_squares, coalesce(sum(CASE WHEN is_loose THEN share END), 0.0) AS out_maybe
WITH *, CASE WHEN known >= 0.979999999 THEN known ELSE 1.0 END AS whole, CASE WHEN known >= 0.979999999 THEN 0.0 ELSE 1.0 - known END AS rest
WITH *, squares / (whole * whole) AS hhi, (squares + rest * rest) / (whole * whole) AS hhi_most, out_maybe + rest AS out_most
WITH *, CASE WHEN outside > 0 AND out_most > 0 THEN out_squares / (out_most * out_most) END AS outside_hhi,
     CASE WHEN outside = 0 OR out_most = 0 THEN null WHEN out_squares + (out_most - out) * (out_most - out) < out * out THEN (out_squares + (out_most - out) * (out_most - out)) / (out * out) ELSE 1.0 END AS outside_hhi_most
WITH *, CASE WHEN hhi > $hhi_above + 0.000000001 THEN true WHEN hhi_most <= $hhi_above + 0.000000001 THEN false END AS is_concentrated,
     CASE WHEN out_most <= ($outside_above + 0.000000001) * whole OR outside_hhi_most <= $hhi_above + 0.000000001 OR $hhi_above >= 1 THEN false
          WHEN out > ($outside_above + 0.000000001) * whole AND outside_hhi > $hhi_above + 0.000000001 THEN true END AS is_dependent
RETURN s.id AS subject_id, s.name_zh AS name_zh, s.name_en AS name_en, s.is_essential AS is_essential, s.downstream AS downstream,
       sources, 0 AS unplaced, sources AS groups, known AS known_share, hhi, hhi_most, rest = 0 AS is_hhi_exact, inside, outside,
       out / whole AS outside_share_least, out_most / whole AS outside_share_most, outside_hhi, outside_hhi_most, is_concentrated, is_dependent
ORDER BY CASE WHEN is_dependent THEN 0 WHEN is_concentrated THEN 1 WHEN is_dependent IS NULL OR is_concentrated IS NULL THEN 2 ELSE 3 END, CASE WHEN is_concentrated THEN 0 ELSE 1 END,
         CASE WHEN is_essential THEN 0 ELSE 1 END, coalesce(downstream, 0) DESC, floor(hhi * 1000000000 + 0.5) DESC, subject_id
LIMIT $limit

// name: by_place(prefix, subject_ids, chains, level, areas, around, min_confidence, hhi_above, outside_above, limit)
// The same by group, city, province or country; where places are on record as providing it, these are counted and not makers, by group never. One row a subject.
// A part is a group or a place of the level; a source with a site of unknown place or in several is one apart. The least HHI spreads it over its places, a place wider than the level and the rest over any number; the most has all that in the largest part.
MATCH (s:Product|Technology)<-[r:CAN_SUPPLY|MASTERS|PROVIDES]-(x:Enterprise|Plant|Place)
WHERE s.id STARTS WITH $prefix AND (size($subject_ids) = 0 OR s.id IN $subject_ids)
  AND (size($chains) = 0 OR EXISTS { MATCH (s)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
  AND coalesce(r.is_site, true) AND coalesce(r.confidence, 0.0) >= $min_confidence
  AND CASE WHEN $level <> 'group' AND EXISTS { MATCH (s)<-[v:PROVIDES]-(:Place) WHERE coalesce(v.confidence, 0.0) >= $min_confidence } THEN x.id STARTS WITH 'place:' ELSE NOT x.id STARTS WITH 'place:' END
OPTIONAL MATCH (x)-[:IN_AREA]->(a:Area)
WHERE a.id IN $areas
OPTIONAL MATCH (x)-[:LOCATED_IN]->(w:Place)
WHERE NOT w.id IN $around AND NOT EXISTS { MATCH (w)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas }
WITH s, x, coalesce(r.source_id, x.id) AS unit, CASE $level WHEN 'group' THEN coalesce(r.maker_id, x.id) ELSE coalesce(r.source_id, x.id) END AS source, coalesce(r.group_id, x.group_id) AS group_id,
     max(CASE WHEN r.source_id IS NULL THEN coalesce(r.share, CASE WHEN r.is_negligible THEN 0.0 END) ELSE r.source_share END) AS share, count(a) > 0 AS is_in, count(w) > 0 AS is_away
OPTIONAL MATCH (x)-[:LOCATED_IN]->(at:Place)
WHERE $level <> 'group'
WITH s, x, unit, source, share, is_in, is_away OR x.id STARTS WITH 'place:' AND NOT is_in AND NOT x.id IN $around AS is_out,
     CASE $level WHEN 'group' THEN group_id WHEN 'city' THEN coalesce(at.city_id, x.city_id) WHEN 'province' THEN coalesce(at.province_id, x.province_id) ELSE coalesce(at.country_id, x.country_id) END AS place
WITH s, source, CASE WHEN count(share) = count(unit) THEN CASE WHEN $level = 'group' AND min(unit) <> source THEN coalesce(sum(share), 0.0) ELSE max(share) END END AS share,
     min(place) AS place, count(DISTINCT place) AS places, count(DISTINCT x.id) - count(DISTINCT CASE WHEN place <> '' THEN x.id END) AS lost,
     max(CASE WHEN is_in THEN 1 ELSE 0 END) = 1 AS is_in, min(CASE WHEN is_out AND NOT is_in THEN 1 ELSE 0 END) = 1 AS is_away, max(CASE WHEN is_out OR NOT is_in THEN 1 ELSE 0 END) = 1 AS is_loose
WITH s, CASE WHEN places = 1 AND lost = 0 THEN place ELSE source END AS part_id, places = 1 AND lost = 0 AS is_placed,
     CASE WHEN places = 0 AND source STARTS WITH 'place:' THEN 1000000000000.0 ELSE (places + lost) * 1.0 END AS spread,
     count(source) AS sources, count(CASE WHEN lost > 0 THEN 1 END) AS unplaced,
     coalesce(sum(share), 0.0) AS known, count(CASE WHEN is_in THEN 1 END) AS inside, count(CASE WHEN is_away THEN 1 END) AS outside,
     coalesce(sum(CASE WHEN is_away THEN share END), 0.0) AS out, coalesce(sum(CASE WHEN is_loose THEN share END), 0.0) AS out_maybe
WITH s, count(part_id) AS parts, count(CASE WHEN NOT is_placed THEN 1 END) AS apart,
     coalesce(sum(sources), 0) AS sources, coalesce(sum(unplaced), 0) AS unplaced, coalesce(sum(known), 0.0) AS known,
     coalesce(sum(known * known / spread), 0.0) AS squares, coalesce(sum(CASE WHEN is_placed THEN 0.0 ELSE known END), 0.0) AS adrift,
     coalesce(max(CASE WHEN is_placed THEN known END), 0.0) AS top,
     coalesce(sum(inside), 0) AS inside, coalesce(sum(outside), 0) AS outside, coalesce(sum(out), 0.0) AS out, coalesce(sum(out_maybe), 0.0) AS out_maybe,
     coalesce(sum(out * out / spread), 0.0) AS out_squares, coalesce(max(CASE WHEN is_placed THEN out END), 0.0) AS out_top,
     coalesce(sum(CASE WHEN is_placed THEN 0.0 ELSE out END), 0.0) AS out_adrift
WITH *, CASE WHEN known >= 0.979999999 THEN known ELSE 1.0 END AS whole, CASE WHEN known >= 0.979999999 THEN 0.0 ELSE 1.0 - known END AS rest
WITH *, rest + adrift AS loose, out_maybe + rest AS out_most
WITH *, squares / (whole * whole) AS hhi, (squares + 2 * loose * top + loose * loose) / (whole * whole) AS hhi_above_all, out_most - out + out_adrift AS out_loose
WITH *, CASE WHEN hhi_above_all < 1 THEN hhi_above_all ELSE 1.0 END AS hhi_most, CASE WHEN outside > 0 AND out_most > 0 THEN out_squares / (out_most * out_most) END AS outside_hhi,
     CASE WHEN outside = 0 OR out_most = 0 THEN null WHEN out_squares + out_loose * (out_loose + 2 * out_top) < out * out
          THEN (out_squares + out_loose * (out_loose + 2 * out_top)) / (out * out) ELSE 1.0 END AS outside_hhi_most
WITH *, CASE WHEN hhi > $hhi_above + 0.000000001 THEN true WHEN hhi_most <= $hhi_above + 0.000000001 THEN false END AS is_concentrated,
     CASE WHEN out_most <= ($outside_above + 0.000000001) * whole OR outside_hhi_most <= $hhi_above + 0.000000001 OR $hhi_above >= 1 THEN false
          WHEN out > ($outside_above + 0.000000001) * whole AND outside_hhi > $hhi_above + 0.000000001 THEN true END AS is_dependent
RETURN s.id AS subject_id, s.name_zh AS name_zh, s.name_en AS name_en, s.is_essential AS is_essential, s.downstream AS downstream,
       sources, unplaced, parts AS groups, known AS known_share, hhi, hhi_most, rest = 0 AND apart = 0 AS is_hhi_exact, inside, outside,
       out / whole AS outside_share_least, out_most / whole AS outside_share_most, outside_hhi, outside_hhi_most, is_concentrated, is_dependent
ORDER BY CASE WHEN is_dependent THEN 0 WHEN is_concentrated THEN 1 WHEN is_dependent IS NULL OR is_concentrated IS NULL THEN 2 ELSE 3 END, CASE WHEN is_concentrated THEN 0 ELSE 1 END,
         CASE WHEN is_essential THEN 0 ELSE 1 END, coalesce(downstream, 0) DESC, floor(hhi * 1000000000 + 0.5) DESC, subject_id
LIMIT $limit

// name: spoken(prefix, subject_ids, chains, level, min_confidence)
// How many products or technologies have a source on record. One row.
MATCH (s:Product|Technology)<-[r:CAN_SUPPLY|MASTERS|PROVIDES]-(x:Enterprise|Plant|Place)
WHERE s.id STARTS WITH $prefix AND (size($subject_ids) = 0 OR s.id IN $subject_ids)
  AND (size($chains) = 0 OR EXISTS { MATCH (s)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
  AND coalesce(r.is_site, true) AND coalesce(r.confidence, 0.0) >= $min_confidence AND (NOT $level IN ['enterprise', 'group'] OR NOT x.id STARTS WITH 'place:')
RETURN count(DISTINCT s.id) AS subjects, '' AS none_id
ORDER BY none_id

// name: silent(prefix, subject_ids, chains, level, min_confidence, limit)
// Products or technologies without any source on record. One row a subject.
MATCH (s:Product|Technology)
WHERE s.id STARTS WITH $prefix AND (size($subject_ids) = 0 OR s.id IN $subject_ids)
  AND (size($chains) = 0 OR EXISTS { MATCH (s)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
  AND NOT EXISTS { MATCH (s)<-[r:CAN_SUPPLY|MASTERS]-(:Enterprise|Plant) WHERE coalesce(r.is_site, true) AND coalesce(r.confidence, 0.0) >= $min_confidence }
  AND ($level IN ['enterprise', 'group'] OR NOT EXISTS { MATCH (s)<-[v:PROVIDES]-(:Place) WHERE coalesce(v.confidence, 0.0) >= $min_confidence })
RETURN s.id AS subject_id, s.name_zh AS name_zh, s.name_en AS name_en, s.is_essential AS is_essential, s.downstream AS downstream
ORDER BY CASE WHEN is_essential THEN 0 ELSE 1 END, coalesce(downstream, 0) DESC, subject_id
LIMIT $limit

// name: chain_products(chains)
// The products of some chains. One row a chain and product.
MATCH (c:Chain)
WHERE size($chains) = 0 OR c.id IN $chains
OPTIONAL MATCH (c)<-[m:PART_OF]-(p:Product)
RETURN c.id AS chain_id, c.name_zh AS name_zh, c.name_en AS name_en, p.id AS product_id, m.id AS edge_id
ORDER BY chain_id, product_id
