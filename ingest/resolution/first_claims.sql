-- The claims on a type that stand, and which of them is the first on its thing.
SELECT c.dataset, c.file, c.row, {is_node} AS is_node, f.part IS NOT NULL AS is_first
FROM standing_{name} s JOIN claims_{name} c USING (part, n)
LEFT JOIN (SELECT unnest(min(struct_pack(part, n))) FROM standing_{name} WHERE part >= 0 GROUP BY id) f ON s.part = f.part AND s.n = f.n
WHERE s.part >= 0 AND c.dataset >= 0
