// name: made(areas, chains, cities, supplies, min_confidence, hhi_above, share_below, verdicts, limit)
// Products that are made in the areas, with their verdict, the first to look at first. One row a product. Where a share is not known, HHI is the least and the most possible. One group of owners is one source. Strong: RCA of at least 1 in two cities.
MATCH (a:Area)<-[:IN_AREA]-(m:Enterprise|Plant)-[s:CAN_SUPPLY]->(p:Product)
WHERE a.id IN $areas AND s.is_site AND coalesce(s.confidence, 0.0) >= $min_confidence
  AND (size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
WITH p, m.id AS site, s.maker_id AS maker, s.group_id AS group_id, min(s.steps) AS climbs, max(s.share) AS part
WITH p, maker, group_id, min(climbs) AS steps,
     CASE WHEN count(part) > 0 AND count(part) = count(CASE WHEN climbs = 0 THEN 1 END) THEN coalesce(sum(part), 0.0) END AS share
WITH p, count(maker) AS makers, count(DISTINCT group_id) AS groups, count(CASE WHEN steps > 0 THEN 1 END) AS by_narrower, count(share) AS known,
     coalesce(sum(share), 0.0) AS total, coalesce(sum(share * share), 0.0) AS squares
WITH p, makers, groups, by_narrower, makers - known AS unknown, total, squares,
     CASE WHEN total = 0 OR total >= 1 THEN 0.0
          WHEN (makers - known) * squares / total < 1 - total THEN (makers - known) * squares / total
          ELSE 1 - total END AS rest
WITH p, makers, groups, by_narrower, CASE WHEN unknown = 0 THEN total END AS local_share, unknown = 0 AND total > 0 AS is_exact,
     CASE WHEN total = 0 THEN 1.0 / CASE WHEN unknown = 0 THEN makers ELSE unknown END
          WHEN unknown = 0 THEN squares / (total * total)
          ELSE (squares + rest * rest / unknown) / ((total + rest) * (total + rest)) END AS hhi,
     CASE WHEN total = 0 AND unknown = 0 THEN null
          WHEN total = 0 THEN 1.0
          WHEN total >= 1 OR unknown = 0 OR squares / (total * total) > squares + (1 - total) * (1 - total) THEN squares / (total * total)
          ELSE squares + (1 - total) * (1 - total) END AS hhi_most
OPTIONAL MATCH (p)<-[t:CAN_SUPPLY]-(at:Enterprise|Plant)-[:IN_AREA]->(city:Area)
WHERE city.id IN $cities AND t.is_site
WITH p, makers, groups, by_narrower, local_share, is_exact, hhi, hhi_most, city.id AS city_id, city.supplies AS supplied, count(DISTINCT t.maker_id) AS there, max(coalesce(t.confidence, 0.0)) AS surest
WITH p, makers, groups, by_narrower, local_share, is_exact, hhi, hhi_most, coalesce(sum(there), 0) AS pairs, collect(there * 1.0 / supplied) AS parts,
     count(CASE WHEN city_id <> '' AND surest >= $min_confidence THEN 1 END) AS cities
UNWIND CASE WHEN size(parts) = 0 THEN [0.0] ELSE parts END AS part
WITH p, makers, groups, by_narrower, local_share, is_exact, hhi, hhi_most, cities,
     count(CASE WHEN part > 0 AND part * $supplies >= pairs - 0.000000001 THEN 1 END) AS advantages
WITH p, makers, groups, by_narrower, local_share, is_exact, hhi, hhi_most, cities,
     CASE WHEN by_narrower = makers THEN 'narrower_only' WHEN groups = 1 THEN 'single_source'
          WHEN p.is_essential AND hhi > $hhi_above AND local_share < $share_below THEN 'weak'
          WHEN p.is_essential AND hhi > $hhi_above THEN 'concentrated'
          WHEN advantages > 1 THEN 'strong' ELSE 'supplied' END AS verdict
WHERE verdict IN $verdicts
RETURN p.id AS product_id, verdict, makers, groups, by_narrower, cities, hhi, hhi_most, is_exact, local_share, p.priority AS priority
ORDER BY CASE verdict WHEN 'narrower_only' THEN 1 WHEN 'single_source' THEN 2 WHEN 'weak' THEN 3 WHEN 'concentrated' THEN 4 WHEN 'strong' THEN 5 ELSE 6 END, priority, product_id
LIMIT $limit

// name: made_counts(areas, chains, cities, supplies, min_confidence, hhi_above, share_below)
// How many products that are made in the areas have each verdict. One row a verdict and chain, a product in each of its chains; the rows without a chain count all products once.
MATCH (a:Area)<-[:IN_AREA]-(m:Enterprise|Plant)-[s:CAN_SUPPLY]->(p:Product)
WHERE a.id IN $areas AND s.is_site AND coalesce(s.confidence, 0.0) >= $min_confidence
  AND (size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
WITH p, m.id AS site, s.maker_id AS maker, s.group_id AS group_id, min(s.steps) AS climbs, max(s.share) AS part
WITH p, maker, group_id, min(climbs) AS steps,
     CASE WHEN count(part) > 0 AND count(part) = count(CASE WHEN climbs = 0 THEN 1 END) THEN coalesce(sum(part), 0.0) END AS share
WITH p, count(maker) AS makers, count(DISTINCT group_id) AS groups, count(CASE WHEN steps > 0 THEN 1 END) AS by_narrower, count(share) AS known,
     coalesce(sum(share), 0.0) AS total, coalesce(sum(share * share), 0.0) AS squares
WITH p, makers, groups, by_narrower, makers - known AS unknown, total, squares,
     CASE WHEN total = 0 OR total >= 1 THEN 0.0
          WHEN (makers - known) * squares / total < 1 - total THEN (makers - known) * squares / total
          ELSE 1 - total END AS rest
WITH p, makers, groups, by_narrower, CASE WHEN unknown = 0 THEN total END AS local_share,
     CASE WHEN total = 0 THEN 1.0 / CASE WHEN unknown = 0 THEN makers ELSE unknown END
          WHEN unknown = 0 THEN squares / (total * total)
          ELSE (squares + rest * rest / unknown) / ((total + rest) * (total + rest)) END AS hhi
WITH p, CASE WHEN by_narrower = makers THEN 'narrower_only' WHEN groups = 1 THEN 'single_source'
          WHEN p.is_essential AND hhi > $hhi_above AND local_share < $share_below THEN 'weak'
          WHEN p.is_essential AND hhi > $hhi_above THEN 'concentrated' END AS grave
OPTIONAL MATCH (p)<-[t:CAN_SUPPLY]-(at:Enterprise|Plant)-[:IN_AREA]->(city:Area)
WHERE city.id IN $cities AND t.is_site
WITH p, grave, city.id AS city_id, city.supplies AS supplied, count(DISTINCT t.maker_id) AS there
WITH p, grave, coalesce(sum(there), 0) AS pairs, collect(there * 1.0 / supplied) AS parts
UNWIND CASE WHEN size(parts) = 0 THEN [0.0] ELSE parts END AS part
WITH p, grave, count(CASE WHEN part > 0 AND part * $supplies >= pairs - 0.000000001 THEN 1 END) AS advantages
WITH p, CASE WHEN grave <> '' THEN grave WHEN advantages > 1 THEN 'strong' ELSE 'supplied' END AS verdict
OPTIONAL MATCH (p)-[:PART_OF]->(chain:Chain)
WHERE size($chains) = 0 OR chain.id IN $chains
WITH p, verdict, collect(chain.id) AS chain_ids
UNWIND chain_ids + [''] AS chain_id
RETURN verdict, chain_id, count(p) AS products
ORDER BY verdict, chain_id

// name: missing(areas, around, limit)
// 缺链: somebody supplies it, nobody in the areas does, and every maker is known to be elsewhere, its seat too: more plants of it than are on record may be here; nobody who may be here makes a broader kind. One row a product.
MATCH (p:Product)
WHERE (p.makers > 0 OR EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) }) AND p.unplaced_makers = 0
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Enterprise|Plant)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas }
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Plant)<-[:OPERATES]-(:Enterprise)-[:IN_AREA]->(o:Area) WHERE o.id IN $areas }
  AND NOT EXISTS {
    MATCH (p)<-[g:CAN_SUPPLY]-(e:Enterprise|Plant)
    WHERE g.is_site AND NOT EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around }
  }
  AND NOT EXISTS {
    MATCH (p)-[:IS_KIND_OF]->(:Product)<-[k:CAN_SUPPLY]-(b:Enterprise|Plant)
    WHERE k.steps = 0
      AND (EXISTS { MATCH (b)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas }
           OR NOT EXISTS { MATCH (b)-[:LOCATED_IN]->(bt:Place) WHERE NOT bt.id IN $around })
  }
  AND NOT EXISTS {
    MATCH (p)<-[v:PROVIDES]-(w:Place)
    WHERE coalesce(v.is_negligible, false) = false
      AND (w.id IN $around OR EXISTS { MATCH (w)-[:IN_AREA]->(g:Area) WHERE g.id IN $areas })
  }
RETURN p.id AS product_id, p.priority AS priority
ORDER BY priority, product_id
LIMIT $limit

// name: missing_in_chains(areas, around, chains, limit)
// Of the products of some chains those of `missing`. One row a product.
MATCH (c:Chain)<-[:PART_OF]-(p:Product)
WHERE c.id IN $chains
  AND (p.makers > 0 OR EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) }) AND p.unplaced_makers = 0
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Enterprise|Plant)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas }
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Plant)<-[:OPERATES]-(:Enterprise)-[:IN_AREA]->(o:Area) WHERE o.id IN $areas }
  AND NOT EXISTS {
    MATCH (p)<-[g:CAN_SUPPLY]-(e:Enterprise|Plant)
    WHERE g.is_site AND NOT EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around }
  }
  AND NOT EXISTS {
    MATCH (p)-[:IS_KIND_OF]->(:Product)<-[k:CAN_SUPPLY]-(b:Enterprise|Plant)
    WHERE k.steps = 0
      AND (EXISTS { MATCH (b)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas }
           OR NOT EXISTS { MATCH (b)-[:LOCATED_IN]->(bt:Place) WHERE NOT bt.id IN $around })
  }
  AND NOT EXISTS {
    MATCH (p)<-[v:PROVIDES]-(w:Place)
    WHERE coalesce(v.is_negligible, false) = false
      AND (w.id IN $around OR EXISTS { MATCH (w)-[:IN_AREA]->(g:Area) WHERE g.id IN $areas })
  }
RETURN DISTINCT p.id AS product_id, p.priority AS priority
ORDER BY priority, product_id
LIMIT $limit

// name: missing_counts(areas, around)
// How many products are missing (see `missing`). One row a chain; the row without a chain counts all products once.
MATCH (p:Product)
WHERE (p.makers > 0 OR EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) }) AND p.unplaced_makers = 0
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Enterprise|Plant)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas }
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Plant)<-[:OPERATES]-(:Enterprise)-[:IN_AREA]->(o:Area) WHERE o.id IN $areas }
  AND NOT EXISTS {
    MATCH (p)<-[g:CAN_SUPPLY]-(e:Enterprise|Plant)
    WHERE g.is_site AND NOT EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around }
  }
  AND NOT EXISTS {
    MATCH (p)-[:IS_KIND_OF]->(:Product)<-[k:CAN_SUPPLY]-(b:Enterprise|Plant)
    WHERE k.steps = 0
      AND (EXISTS { MATCH (b)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas }
           OR NOT EXISTS { MATCH (b)-[:LOCATED_IN]->(bt:Place) WHERE NOT bt.id IN $around })
  }
  AND NOT EXISTS {
    MATCH (p)<-[v:PROVIDES]-(w:Place)
    WHERE coalesce(v.is_negligible, false) = false
      AND (w.id IN $around OR EXISTS { MATCH (w)-[:IN_AREA]->(g:Area) WHERE g.id IN $areas })
  }
OPTIONAL MATCH (p)-[:PART_OF]->(chain:Chain)
WITH p, collect(chain.id) AS chain_ids
UNWIND chain_ids + [''] AS chain_id
RETURN chain_id, count(p) AS products
ORDER BY chain_id

// name: missing_counts_in_chains(areas, around, chains)
// Of the products of some chains those of `missing_counts`. One row a chain; the row without a chain counts all products once.
MATCH (c:Chain)<-[:PART_OF]-(p:Product)
WHERE c.id IN $chains
  AND (p.makers > 0 OR EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) }) AND p.unplaced_makers = 0
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Enterprise|Plant)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas }
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Plant)<-[:OPERATES]-(:Enterprise)-[:IN_AREA]->(o:Area) WHERE o.id IN $areas }
  AND NOT EXISTS {
    MATCH (p)<-[g:CAN_SUPPLY]-(e:Enterprise|Plant)
    WHERE g.is_site AND NOT EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around }
  }
  AND NOT EXISTS {
    MATCH (p)-[:IS_KIND_OF]->(:Product)<-[k:CAN_SUPPLY]-(b:Enterprise|Plant)
    WHERE k.steps = 0
      AND (EXISTS { MATCH (b)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas }
           OR NOT EXISTS { MATCH (b)-[:LOCATED_IN]->(bt:Place) WHERE NOT bt.id IN $around })
  }
  AND NOT EXISTS {
    MATCH (p)<-[v:PROVIDES]-(w:Place)
    WHERE coalesce(v.is_negligible, false) = false
      AND (w.id IN $around OR EXISTS { MATCH (w)-[:IN_AREA]->(g:Area) WHERE g.id IN $areas })
  }
WITH DISTINCT p
MATCH (p)-[:PART_OF]->(chain:Chain)
WHERE chain.id IN $chains
WITH p, collect(chain.id) AS chain_ids
UNWIND chain_ids + [''] AS chain_id
RETURN chain_id, count(p) AS products
ORDER BY chain_id

// name: not_on_record(areas, around, min_confidence, limit)
// 未见记录: nobody in the areas is on record as supplying it, and nobody is anywhere, or somebody may be here. One row a product.
MATCH (p:Product)
WHERE NOT EXISTS { MATCH (p)<-[s:CAN_SUPPLY]-(h:Enterprise|Plant)-[:IN_AREA]->(i:Area) WHERE i.id IN $areas AND s.is_site AND coalesce(s.confidence, 0.0) >= $min_confidence }
  AND NOT EXISTS { MATCH (p)<-[q:PROVIDES]-(x:Place)-[:IN_AREA]->(j:Area) WHERE j.id IN $areas AND coalesce(q.is_negligible, false) = false }
  AND ((p.makers = 0 AND NOT EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) }) OR p.unplaced_makers > 0
    OR EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Enterprise|Plant)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas }
    OR EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Plant)<-[:OPERATES]-(:Enterprise)-[:IN_AREA]->(o:Area) WHERE o.id IN $areas }
    OR EXISTS {
      MATCH (p)<-[g:CAN_SUPPLY]-(e:Enterprise|Plant)
      WHERE g.is_site AND NOT EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around }
    }
    OR EXISTS {
      MATCH (p)-[:IS_KIND_OF]->(:Product)<-[k:CAN_SUPPLY]-(b:Enterprise|Plant)
      WHERE k.steps = 0
        AND (EXISTS { MATCH (b)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas }
             OR NOT EXISTS { MATCH (b)-[:LOCATED_IN]->(bt:Place) WHERE NOT bt.id IN $around })
    }
    OR EXISTS {
      MATCH (p)<-[v:PROVIDES]-(w:Place)
      WHERE coalesce(v.is_negligible, false) = false AND w.id IN $around
    })
RETURN p.id AS product_id, p.priority AS priority
ORDER BY priority, product_id
LIMIT $limit

// name: not_on_record_in_chains(areas, around, chains, min_confidence, limit)
// Of the products of some chains those of `not_on_record`. One row a product.
MATCH (c:Chain)<-[:PART_OF]-(p:Product)
WHERE c.id IN $chains
  AND NOT EXISTS { MATCH (p)<-[s:CAN_SUPPLY]-(h:Enterprise|Plant)-[:IN_AREA]->(i:Area) WHERE i.id IN $areas AND s.is_site AND coalesce(s.confidence, 0.0) >= $min_confidence }
  AND NOT EXISTS { MATCH (p)<-[q:PROVIDES]-(x:Place)-[:IN_AREA]->(j:Area) WHERE j.id IN $areas AND coalesce(q.is_negligible, false) = false }
  AND ((p.makers = 0 AND NOT EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) }) OR p.unplaced_makers > 0
    OR EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Enterprise|Plant)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas }
    OR EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Plant)<-[:OPERATES]-(:Enterprise)-[:IN_AREA]->(o:Area) WHERE o.id IN $areas }
    OR EXISTS {
      MATCH (p)<-[g:CAN_SUPPLY]-(e:Enterprise|Plant)
      WHERE g.is_site AND NOT EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around }
    }
    OR EXISTS {
      MATCH (p)-[:IS_KIND_OF]->(:Product)<-[k:CAN_SUPPLY]-(b:Enterprise|Plant)
      WHERE k.steps = 0
        AND (EXISTS { MATCH (b)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas }
             OR NOT EXISTS { MATCH (b)-[:LOCATED_IN]->(bt:Place) WHERE NOT bt.id IN $around })
    }
    OR EXISTS {
      MATCH (p)<-[v:PROVIDES]-(w:Place)
      WHERE coalesce(v.is_negligible, false) = false AND w.id IN $around
    })
RETURN DISTINCT p.id AS product_id, p.priority AS priority
ORDER BY priority, product_id
LIMIT $limit

// name: provided(areas, chains, min_confidence)
// Products that a place of the areas provides, though no enterprise there is on record as making them. One row a product and chain.
MATCH (j:Area)<-[:IN_AREA]-(x:Place)-[q:PROVIDES]->(p:Product)
WHERE j.id IN $areas AND coalesce(q.is_negligible, false) = false
  AND (size($chains) = 0 OR EXISTS { MATCH (p)-[:PART_OF]->(c:Chain) WHERE c.id IN $chains })
  AND NOT EXISTS { MATCH (p)<-[s:CAN_SUPPLY]-(h:Enterprise|Plant)-[:IN_AREA]->(i:Area) WHERE i.id IN $areas AND s.is_site AND coalesce(s.confidence, 0.0) >= $min_confidence }
OPTIONAL MATCH (p)-[:PART_OF]->(chain:Chain)
WHERE size($chains) = 0 OR chain.id IN $chains
RETURN DISTINCT p.id AS product_id, coalesce(chain.id, '') AS chain_id, p.priority AS priority
ORDER BY priority, product_id, chain_id

// name: chain_sizes(chains)
// How many products each chain has. One row a chain.
MATCH (p:Product)-[:PART_OF]->(c:Chain)
WHERE size($chains) = 0 OR c.id IN $chains
RETURN c.id AS chain_id, c.name_zh AS name_zh, count(DISTINCT p.id) AS products
ORDER BY chain_id

// name: product_count()
// How many products there are. One row.
MATCH (p:Product)
WITH count(p) AS products
RETURN products, '' AS none_id
ORDER BY none_id

// name: made_of(product_ids, areas, cities, supplies, min_confidence, hhi_above, share_below)
// Of some products those that are made in the areas, with their verdict as in `made`. One row a product.
MATCH (p:Product)<-[s:CAN_SUPPLY]-(m:Enterprise|Plant)-[:IN_AREA]->(a:Area)
WHERE p.id IN $product_ids AND a.id IN $areas
WITH p, m.id AS site, s.maker_id AS maker, s.group_id AS group_id, s.is_site AS is_site, s.steps AS steps, s.share AS share, coalesce(s.confidence, 0.0) AS confidence
WHERE is_site AND confidence >= $min_confidence
WITH p, site, maker, group_id, min(steps) AS climbs, max(share) AS part
WITH p, maker, group_id, min(climbs) AS steps,
     CASE WHEN count(part) > 0 AND count(part) = count(CASE WHEN climbs = 0 THEN 1 END) THEN coalesce(sum(part), 0.0) END AS share
WITH p, count(maker) AS makers, count(DISTINCT group_id) AS groups, count(CASE WHEN steps > 0 THEN 1 END) AS by_narrower, count(share) AS known,
     coalesce(sum(share), 0.0) AS total, coalesce(sum(share * share), 0.0) AS squares
WITH p, makers, groups, by_narrower, makers - known AS unknown, total, squares,
     CASE WHEN total = 0 OR total >= 1 THEN 0.0
          WHEN (makers - known) * squares / total < 1 - total THEN (makers - known) * squares / total
          ELSE 1 - total END AS rest
WITH p, makers, groups, by_narrower, CASE WHEN unknown = 0 THEN total END AS local_share, unknown = 0 AND total > 0 AS is_exact,
     CASE WHEN total = 0 THEN 1.0 / CASE WHEN unknown = 0 THEN makers ELSE unknown END
          WHEN unknown = 0 THEN squares / (total * total)
          ELSE (squares + rest * rest / unknown) / ((total + rest) * (total + rest)) END AS hhi,
     CASE WHEN total = 0 AND unknown = 0 THEN null
          WHEN total = 0 THEN 1.0
          WHEN total >= 1 OR unknown = 0 OR squares / (total * total) > squares + (1 - total) * (1 - total) THEN squares / (total * total)
          ELSE squares + (1 - total) * (1 - total) END AS hhi_most
OPTIONAL MATCH (p)<-[t:CAN_SUPPLY]-(at:Enterprise|Plant)-[:IN_AREA]->(city:Area)
WHERE city.id IN $cities AND t.is_site
WITH p, makers, groups, by_narrower, local_share, is_exact, hhi, hhi_most, city.id AS city_id, city.supplies AS supplied, count(DISTINCT t.maker_id) AS there, max(coalesce(t.confidence, 0.0)) AS surest
WITH p, makers, groups, by_narrower, local_share, is_exact, hhi, hhi_most, coalesce(sum(there), 0) AS pairs, collect(there * 1.0 / supplied) AS parts,
     count(CASE WHEN city_id <> '' AND surest >= $min_confidence THEN 1 END) AS cities
UNWIND CASE WHEN size(parts) = 0 THEN [0.0] ELSE parts END AS part
WITH p, makers, groups, by_narrower, local_share, is_exact, hhi, hhi_most, cities,
     count(CASE WHEN part > 0 AND part * $supplies >= pairs - 0.000000001 THEN 1 END) AS advantages
WITH p, makers, groups, by_narrower, local_share, is_exact, hhi, hhi_most, cities,
     CASE WHEN by_narrower = makers THEN 'narrower_only' WHEN groups = 1 THEN 'single_source'
          WHEN p.is_essential AND hhi > $hhi_above AND local_share < $share_below THEN 'weak'
          WHEN p.is_essential AND hhi > $hhi_above THEN 'concentrated'
          WHEN advantages > 1 THEN 'strong' ELSE 'supplied' END AS verdict
RETURN p.id AS product_id, verdict, makers, groups, by_narrower, cities, hhi, hhi_most, is_exact, local_share, p.priority AS priority
ORDER BY product_id

// name: missing_of(product_ids, areas, around)
// Of some products those that are missing, as in `missing`. One row a product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
WHERE (p.makers > 0 OR EXISTS { MATCH (p)<-[:PROVIDES]-(:Place) }) AND p.unplaced_makers = 0
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Enterprise|Plant)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas }
  AND NOT EXISTS { MATCH (p)<-[:CAN_SUPPLY]-(:Plant)<-[:OPERATES]-(:Enterprise)-[:IN_AREA]->(o:Area) WHERE o.id IN $areas }
  AND NOT EXISTS {
    MATCH (p)<-[g:CAN_SUPPLY]-(e:Enterprise|Plant)
    WHERE g.is_site AND NOT EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around }
  }
  AND NOT EXISTS {
    MATCH (p)-[:IS_KIND_OF]->(:Product)<-[k:CAN_SUPPLY]-(b:Enterprise|Plant)
    WHERE k.steps = 0
      AND (EXISTS { MATCH (b)-[:IN_AREA]->(d:Area) WHERE d.id IN $areas }
           OR NOT EXISTS { MATCH (b)-[:LOCATED_IN]->(bt:Place) WHERE NOT bt.id IN $around })
  }
  AND NOT EXISTS {
    MATCH (p)<-[v:PROVIDES]-(w:Place)
    WHERE coalesce(v.is_negligible, false) = false
      AND (w.id IN $around OR EXISTS { MATCH (w)-[:IN_AREA]->(g:Area) WHERE g.id IN $areas })
  }
RETURN p.id AS product_id, p.priority AS priority
ORDER BY product_id

// name: provided_of(product_ids, areas)
// Of some products those that a place of the areas provides. One row a product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
OPTIONAL MATCH (p)<-[q:PROVIDES]-(x:Place)
OPTIONAL MATCH (x)-[:IN_AREA]->(j:Area)
WITH p, q, j
WHERE j.id IN $areas AND coalesce(q.is_negligible, false) = false
RETURN DISTINCT p.id AS product_id, p.priority AS priority
ORDER BY product_id

// name: priorities(product_ids)
// In what order to look at some products. One row a product.
UNWIND $product_ids AS asked
MATCH (p:Product {id: asked})
RETURN p.id AS product_id, p.priority AS priority
ORDER BY product_id
