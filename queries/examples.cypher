// name: makers(text)
// Who makes what of which the name holds a text: the enterprise, the relation, the product.
MATCH (e:Enterprise)-[m:MAKES]->(p:Product)
WHERE p.search_text CONTAINS $text
RETURN e AS enterprise, m AS made, p AS product, e.id AS enterprise_id, p.id AS product_id
ORDER BY product_id, enterprise_id
LIMIT 50

// name: from_abroad()
// A product of which half or more comes from abroad and that one maker on record makes at most.
MATCH (p:Product)-[:PART_OF]->(c:Chain)
WHERE p.foreign_share_min >= 0.5 AND p.makers <= 1
RETURN p AS product, c AS chain, p.foreign_share_min AS foreign_share_min, p.makers AS makers, p.id AS product_id, c.id AS chain_id
ORDER BY foreign_share_min DESC, product_id, chain_id

// name: by_place()
// A place with how many enterprises on record are in it.
MATCH (e:Enterprise)-[:LOCATED_IN]->(p:Place)
RETURN p AS place, count(DISTINCT e.id) AS enterprises, p.id AS place_id
ORDER BY enterprises DESC, place_id

// name: ways()
// A way by which a product goes into others, three steps at most.
MATCH way = (p:Product {id: 'product:photoresist'})-[:INPUT_OF*1..3]->(q:Product)
RETURN way AS way, length(way) AS steps, q.id AS product_id
ORDER BY steps, product_id
LIMIT 40
