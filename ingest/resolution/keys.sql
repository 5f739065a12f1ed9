-- The keys under which two of the `records` meet: `keys` (unique_id, source_dataset, kind, key), each once.
CREATE TABLE keys AS
SELECT DISTINCT unique_id, source_dataset, kind, key FROM (
    SELECT unique_id, source_dataset, 'name' AS kind, unnest(names) AS key FROM records
    UNION ALL SELECT unique_id, source_dataset, 'core, province', core || '|' || province FROM records
    UNION ALL SELECT unique_id, source_dataset, 'core', core FROM records
    UNION ALL SELECT unique_id, source_dataset, 'short name', short FROM records
    UNION ALL SELECT unique_id, source_dataset, 'house', house || '|' || unnest([prefecture, province]) FROM records
    UNION ALL SELECT unique_id, source_dataset, 'beginning', substr(core, 1, 2) || '|' || unnest([prefecture, province])
        FROM records WHERE length(core) > 2
    UNION ALL SELECT unique_id, source_dataset, 'end', substr(core, length(core) - 1, 2) || '|' || unnest([prefecture, province])
        FROM records WHERE length(core) > 2
    UNION ALL SELECT unique_id, source_dataset, 'all but one character', stem FROM records WHERE length(stem) >= 3
    UNION ALL SELECT unique_id, source_dataset, 'all but one character', unnest(
            list_transform(range(1, length(stem) + 1), lambda i: substr(stem, 1, i - 1) || substr(stem, i + 1))
        ) FROM records WHERE length(stem) >= 4
    UNION ALL SELECT unique_id, source_dataset, 'USCC', uscc FROM records
    UNION ALL SELECT unique_id, source_dataset, 'stock code', stock_code FROM records
) WHERE key IS NOT NULL
