-- The records whose key another one shares, those of one key side by side, the ones that say most of themselves first.
SELECT key, list(struct_pack(id, part, dataset, place := place_code, uscc, stock_code, source_ids) ORDER BY
    (place_code IS NULL)::INTEGER + (uscc IS NULL)::INTEGER + (stock_code IS NULL)::INTEGER, part, id)
FROM keyed SEMI JOIN (SELECT key FROM keyed WHERE key IS NOT NULL GROUP BY key HAVING min(id) <> max(id)) shared USING (key)
GROUP BY key ORDER BY key
