// name: own_products(enterprise_id, min_confidence)
// What the enterprise is on record as making itself. One row a MAKES edge.
MATCH (me:Enterprise {id: $enterprise_id})-[m:MAKES]->(own:Product)
WHERE coalesce(m.confidence, 0.0) >= $min_confidence
RETURN own.id AS product_id, m.id AS edge_id
ORDER BY product_id, edge_id

// name: suppliers_and_buyers(product_ids, min_confidence)
// A supplier makes an input of products, a buyer makes what they go into; of a broader kind too, for which a narrower product can stand. One row an input or use and a way of supplying it; the ends of the INPUT_OF edge tell the one from the other.
MATCH (own:Product)-[:IS_KIND_OF*0..1]->(at:Product)-[i:INPUT_OF]-(other:Product)
WHERE own.id IN $product_ids AND other.id <> at.id AND other.id <> own.id
OPTIONAL MATCH (other)<-[s:CAN_SUPPLY]-(partner:Enterprise)
RETURN own.id AS own_id, at.id AS at_id, other.id AS offered_id, i.id AS edge_id, partner.id AS partner_id, coalesce(s.made_id, other.id) AS made_id, s.steps AS steps, coalesce(s.confidence, 0.0) >= $min_confidence AS is_sure
ORDER BY own_id, at_id, offered_id, edge_id, partner_id, steps, made_id

// name: makers(product_id, min_confidence)
// Makers: who can supply the product itself. One row a way of supplying it.
MATCH (own:Product {id: $product_id})<-[s:CAN_SUPPLY]-(partner:Enterprise)
WHERE coalesce(s.confidence, 0.0) >= $min_confidence
RETURN own.id AS offered_id, partner.id AS partner_id, coalesce(s.made_id, own.id) AS made_id, s.steps AS steps
ORDER BY offered_id, partner_id, steps, made_id

// name: researchers(product_ids)
// Research: who works on a technology that products need. One row a need and somebody, or nobody, who works on it.
MATCH (own:Product)-[n:NEEDS]->(t:Technology)
WHERE own.id IN $product_ids
OPTIONAL MATCH (t)<-[w:RESEARCHES|MASTERS]-(partner:Institute|Enterprise)
RETURN own.id AS own_id, t.id AS thing_id, n.id AS need_id, partner.id AS partner_id, w.id AS edge_id
ORDER BY own_id, thing_id, need_id, partner_id, edge_id

// name: fellow_researchers(enterprise_id)
// Research: who works on a technology that the enterprise masters; the institutes that it cooperates with stand here too, with nobody. One row an edge of the enterprise and somebody, or nobody, who works on it.
MATCH (own:Enterprise {id: $enterprise_id})-[n:MASTERS|COOPERATES_WITH]->(t:Technology|Institute)
OPTIONAL MATCH (t)<-[w:RESEARCHES|MASTERS]-(partner:Institute|Enterprise)
RETURN own.id AS own_id, t.id AS thing_id, n.id AS need_id, partner.id AS partner_id, w.id AS edge_id
ORDER BY own_id, thing_id, need_id, partner_id, edge_id

// name: in_common(enterprise_id)
// Who cooperates with the same institute (research) or holds shares of the same enterprise (co-investors). One row a pair of edges.
MATCH (me:Enterprise {id: $enterprise_id})-[own:COOPERATES_WITH|OWNS]->(x:Institute|Enterprise)<-[their:COOPERATES_WITH|OWNS]-(partner:Enterprise)
WHERE partner.id <> me.id AND x.id <> me.id AND x.id <> partner.id
RETURN x.id AS over_id, partner.id AS partner_id, own.id AS own_id, their.id AS their_id
ORDER BY over_id, partner_id, own_id, their_id

// name: sales(enterprise_id)
// On record: whom the enterprise supplies and who supplies it, the largest sales first. One row a SUPPLIES edge.
MATCH (me:Enterprise {id: $enterprise_id})-[s:SUPPLIES]-(partner:Enterprise)
WHERE partner.id <> me.id
RETURN DISTINCT partner.id AS partner_id, s.id AS edge_id, s.product_id AS product_id, s.amount_10k_cny AS amount_10k_cny, s.share AS share, s.share_of AS share_of, s.share_year AS share_year
ORDER BY coalesce(amount_10k_cny, -1.0) DESC, coalesce(share, -1.0) DESC, edge_id

// name: on_record(enterprise_id)
// On record: whose shares the enterprise holds, who holds its, and whom it cooperates with. One row an edge.
MATCH (me:Enterprise {id: $enterprise_id})-[r:OWNS|COOPERATES_WITH]-(partner:Enterprise|Institute)
WHERE partner.id <> me.id
RETURN DISTINCT partner.id AS partner_id, r.id AS edge_id
ORDER BY partner_id, edge_id

// name: same_group(enterprise_id, partner_ids)
// Which partners the same one controls in the end as the enterprise: its parents, its subsidiaries and theirs. One row an enterprise.
MATCH (me:Enterprise {id: $enterprise_id})
WITH coalesce(me.group_id, me.id) AS group_id
UNWIND $partner_ids AS asked
MATCH (other:Enterprise {id: asked})
WHERE coalesce(other.group_id, other.id) = group_id
RETURN other.id AS enterprise_id
ORDER BY enterprise_id

// name: own_places(enterprise_id)
// Where the enterprise is, and in which city that lies. One row a place.
MATCH (me:Enterprise {id: $enterprise_id})-[:LOCATED_IN]->(w:Place)
RETURN DISTINCT w.id AS place_id, w.city_id AS city_id
ORDER BY place_id

// name: supplies(partner_ids, min_confidence)
// How many products possible partners can supply. One row a partner that can supply any.
UNWIND $partner_ids AS asked
MATCH (x:Enterprise {id: asked})-[s:CAN_SUPPLY]->(p:Product)
WHERE coalesce(s.confidence, 0.0) >= $min_confidence
RETURN x.id AS partner_id, count(DISTINCT p.id) AS products
ORDER BY partner_id

// name: knowledge(partner_ids, own_ids)
// How many technologies and institutes possible partners have to do with, and how many of these are among the own ones. One row a partner that has to do with any.
UNWIND $partner_ids AS asked
MATCH (x:Enterprise|Institute {id: asked})-[:MASTERS|RESEARCHES|COOPERATES_WITH]->(k:Technology|Institute)
RETURN x.id AS partner_id, count(DISTINCT k.id) AS known, count(DISTINCT CASE WHEN k.id IN $own_ids THEN k.id END) AS shared
ORDER BY partner_id

// name: whereabouts(partner_ids, areas, around, own_cities, own_areas, wider)
// Whether possible partners are in the areas, and whether their place is known closely enough to say so; whether they are in one of the own cities, in one of the own places (wherever in it), only in a place that an own one lies in, and whether any place of theirs is known. One row a partner.
UNWIND $partner_ids AS asked
MATCH (x:Enterprise|Institute {id: asked})
RETURN x.id AS partner_id,
       EXISTS { MATCH (x)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
       EXISTS { MATCH (x)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed,
       EXISTS { MATCH (x)-[:LOCATED_IN]->(c:Place) WHERE c.city_id IN $own_cities } AS is_same_city,
       EXISTS { MATCH (x)-[:IN_AREA]->(i:Area) WHERE i.id IN $own_areas } AS is_in_own_place,
       EXISTS { MATCH (x)-[:LOCATED_IN]->(o:Place) WHERE o.id IN $wider } AS is_in_wider_place,
       EXISTS { MATCH (x)-[:LOCATED_IN]->(:Place) } AS has_place
ORDER BY partner_id
