// name: members(chain_id, product_ids, technologies)
// The products of a chain, those of some products and those that need one of some technologies where such are given, with their stage there and what is known of their makers and of supply from abroad. One row a product.
MATCH (p:Product)-[m:PART_OF]->(c:Chain {id: $chain_id})
WHERE (size($product_ids) = 0 OR p.id IN $product_ids)
  AND (size($technologies) = 0 OR EXISTS { MATCH (p)-[:NEEDS]->(t:Technology) WHERE t.id IN $technologies })
RETURN p.id AS product_id, p.name_zh AS name_zh, p.name_en AS name_en, m.stage AS stage, p.makers AS makers,
       coalesce(p.foreign_share_min, p.foreign_share) AS foreign_least, coalesce(p.foreign_share_max, p.foreign_share) AS foreign_most
ORDER BY product_id
