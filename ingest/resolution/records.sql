-- One row a record, in the order of parts: `id`, `part`, `dataset`, `source_ids` and the columns, as people corrected them.
-- A correction is no list of its own: else a corrected name would join two records of the one list that has both.
SELECT r.id, r.part, r.dataset, {source_ids} AS source_ids, {shown}
FROM (SELECT * FROM claims_{label} WHERE part >= 0 QUALIFY row_number() OVER (PARTITION BY id, part ORDER BY n) = 1) r
LEFT JOIN (SELECT id, {corrected} FROM claims_{label} WHERE part < 0 GROUP BY id) k ON r.id = k.id
ORDER BY r.part, r.n
