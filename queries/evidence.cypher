// name: essential_products(product_ids)
// Of some products those that another needs as an essential input. One row a product.
MATCH (p:Product)
WHERE p.id IN $product_ids AND p.is_essential
RETURN p.id AS product_id
ORDER BY product_id
