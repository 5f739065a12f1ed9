// name: products(product_ids)
// Products that somebody could make, and how many technologies they need. One row a product.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)-[:NEEDS]->(t:Technology)
RETURN g.id AS product_id, g.name_zh AS name_zh, count(DISTINCT t.id) AS technologies
ORDER BY product_id

// name: related(product_ids)
// Who makes what makers of a product make too (direct records), with its proximity φ = makers of both / the larger number of makers. One row a product, a related one and its maker; `shared_id` makes both.
// Here and below the optional matches keep the look-up first: from a list of ids a plain one reads all edges of the type.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)<-[:MAKES]-(h:Enterprise)-[:MAKES]->(q:Product)
WHERE q.id <> g.id
OPTIONAL MATCH (q)<-[:MAKES]-(e:Enterprise)
WITH g, q, e, count(DISTINCT h.id) AS together, min(h.id) AS shared_id
WHERE e.id <> ''
RETURN g.id AS product_id, e.id AS enterprise_id, q.id AS near_id, shared_id,
       1.0 * together / CASE WHEN q.direct_makers > g.direct_makers THEN q.direct_makers ELSE g.direct_makers END AS proximity
ORDER BY product_id, enterprise_id, near_id

// name: narrower(product_ids)
// `relation` numbers what somebody makes beside a product, here and below. Who makes a narrower kind of a product, through any number of steps. One row a product, a narrower one and its maker.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)<-[k:IS_KIND_OF]-(q:Product)<-[:MAKES]-(e:Enterprise)
WITH g, k, q, e
WHERE e.id <> ''
RETURN DISTINCT g.id AS product_id, e.id AS enterprise_id, 0 AS relation, q.id AS near_id, q.id AS through_id, k.steps AS steps, 1.0 AS nearness
ORDER BY product_id, enterprise_id, steps, near_id

// name: broader(product_ids)
// Who makes what a product is a kind of. One row a product, a broader one and its maker.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)-[:KIND_OF]->(q:Product)<-[:MAKES]-(e:Enterprise)
WITH g, q, e
WHERE e.id <> '' AND q.id <> g.id
RETURN DISTINCT g.id AS product_id, e.id AS enterprise_id, 1 AS relation, q.id AS near_id, q.id AS through_id, 1 AS steps, 1.0 AS nearness
ORDER BY product_id, enterprise_id, near_id

// name: siblings(product_ids)
// Who makes another kind of what a product is a kind of. One row a product, a sibling, the broader product and the maker.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)-[:KIND_OF]->(b:Product)<-[:KIND_OF]-(q:Product)<-[:MAKES]-(e:Enterprise)
WHERE q.id <> g.id AND b.id <> g.id AND b.id <> q.id
WITH g, b, q, e
WHERE e.id <> ''
RETURN DISTINCT g.id AS product_id, e.id AS enterprise_id, 2 AS relation, q.id AS near_id, b.id AS through_id, 1 AS steps, 0.5 AS nearness
ORDER BY product_id, enterprise_id, near_id, through_id

// name: same_inputs(product_ids)
// Who makes a product with inputs in common: nearness is 0.5 of those in common to those of either. One row a product, the other one and its maker.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)<-[:INPUT_OF]-(i:Product)-[:INPUT_OF]->(q:Product)<-[:MAKES]-(e:Enterprise)
WHERE q.id <> g.id AND i.id <> g.id AND i.id <> q.id
WITH g, q, e, count(DISTINCT i.id) AS common, min(i.id) AS through_id
WHERE e.id <> ''
RETURN g.id AS product_id, e.id AS enterprise_id, 3 AS relation, q.id AS near_id, through_id, 1 AS steps, 0.5 * (1.0 * common / (g.inputs + q.inputs - common)) AS nearness
ORDER BY product_id, enterprise_id, near_id

// name: same_uses(product_ids)
// Who makes a product that goes into the same ones as an input of the same kind (who makes wafers' gases is not near their equipment): nearness is 0.5 of those in common to those of either. One row a product, the other one and its maker.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)-[one:INPUT_OF]->(i:Product)<-[other:INPUT_OF]-(q:Product)<-[:MAKES]-(e:Enterprise)
WHERE q.id <> g.id AND i.id <> g.id AND i.id <> q.id AND coalesce(one.input_kind, '') = coalesce(other.input_kind, '')
WITH g, q, e, count(DISTINCT i.id) AS common, min(i.id) AS through_id
WHERE e.id <> ''
RETURN g.id AS product_id, e.id AS enterprise_id, 4 AS relation, q.id AS near_id, through_id, 1 AS steps, 0.5 * (1.0 * common / (g.needed_by + q.needed_by - common)) AS nearness
ORDER BY product_id, enterprise_id, near_id

// name: inputs(product_ids)
// Who makes an input of a product. One row a product, the input and its maker.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)<-[:INPUT_OF]-(q:Product)<-[:MAKES]-(e:Enterprise)
WITH g, q, e
WHERE e.id <> '' AND q.id <> g.id
RETURN DISTINCT g.id AS product_id, e.id AS enterprise_id, 5 AS relation, q.id AS near_id, q.id AS through_id, 1 AS steps, 0.3 AS nearness
ORDER BY product_id, enterprise_id, near_id

// name: outputs(product_ids)
// Who makes what a product goes into. One row a product, what it goes into and its maker.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)-[:INPUT_OF]->(q:Product)<-[:MAKES]-(e:Enterprise)
WITH g, q, e
WHERE e.id <> '' AND q.id <> g.id
RETURN DISTINCT g.id AS product_id, e.id AS enterprise_id, 6 AS relation, q.id AS near_id, q.id AS through_id, 1 AS steps, 0.2 AS nearness
ORDER BY product_id, enterprise_id, near_id

// name: masters(product_ids)
// Who masters a technology that a product needs. One row a product, technology and enterprise.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)-[:NEEDS]->(t:Technology)<-[:MASTERS]-(e:Enterprise)
WITH g, t, e
WHERE e.id <> ''
RETURN DISTINCT g.id AS product_id, e.id AS enterprise_id, t.id AS technology_id
ORDER BY product_id, enterprise_id, technology_id

// name: researchers(product_ids)
// Which institutes research a technology that a product needs, and where they are. One row a product, technology, institute and place.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)-[:NEEDS]->(t:Technology)<-[:RESEARCHES]-(i:Institute)-[:LOCATED_IN]->(w:Place)
WITH g, t, i, w
WHERE w.id <> ''
RETURN DISTINCT g.id AS product_id, i.id AS institute_id, t.id AS technology_id, w.id AS place_id
ORDER BY product_id, institute_id, technology_id, place_id

// name: user_cities(product_ids, cities, min_confidence)
// In which cities somebody makes what a product goes into: how many, and the first of them. One row a product and city.
UNWIND $product_ids AS asked
MATCH (g:Product {id: asked})
OPTIONAL MATCH (g)-[:INPUT_OF]->(q:Product)
OPTIONAL MATCH (q)<-[s:CAN_SUPPLY]-(u:Enterprise)-[:IN_AREA]->(city:Area)
WITH g, q, u, city, CASE WHEN coalesce(s.confidence, 0.0) >= $min_confidence THEN u.id END AS user_id
WHERE q.id <> g.id AND city.id IN $cities
RETURN g.id AS product_id, city.id AS city_id, count(DISTINCT user_id) AS users, min(user_id) AS first_id
ORDER BY product_id, city_id

// name: enterprises(enterprise_ids, areas, around)
// What is known of some enterprises, from which country they or their groups are controlled, whether they are in the areas, and whether their place is known closely enough to say so. One row an enterprise.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})
MATCH (g:Enterprise)
WHERE g.id = e.group_id
RETURN e.id AS enterprise_id, coalesce(e.short_name, e.name_zh) AS name_zh, coalesce(e.control_country, g.control_country) AS control_country,
       EXISTS { MATCH (e)-[:IN_AREA]->(a:Area) WHERE a.id IN $areas } AS is_here,
       EXISTS { MATCH (e)-[:LOCATED_IN]->(at:Place) WHERE NOT at.id IN $around } AS is_placed,
       EXISTS { MATCH (e)-[:MAKES]->(:Product) } AS has_product,
       EXISTS { MATCH (e)-[:MASTERS]->(:Technology) } AS has_technology,
       e.scale AS scale, e.registered_capital_10k_cny AS registered_capital_10k_cny, e.revenue_10k_cny AS revenue_10k_cny, e.employees AS employees
ORDER BY enterprise_id

// name: seats(enterprise_ids)
// Where some enterprises are. One row an enterprise and place.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})-[:LOCATED_IN]->(w:Place)
RETURN DISTINCT e.id AS enterprise_id, w.id AS at_id
ORDER BY enterprise_id, at_id

// name: cities_here(enterprise_ids, cities)
// In which of the cities some enterprises are. One row an enterprise and city.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})-[:IN_AREA]->(city:Area)
WHERE city.id IN $cities
RETURN e.id AS enterprise_id, city.id AS at_id
ORDER BY enterprise_id, at_id
