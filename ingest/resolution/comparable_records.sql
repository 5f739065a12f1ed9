-- The records, each with the keys under which it meets others: those that not too many share.
SELECT records.* EXCLUDE (position), coalesce(met.keys, CAST([] AS VARCHAR[])) AS keys
FROM records LEFT JOIN (
    SELECT unique_id, list(kind || ' ' || key ORDER BY kind, key) AS keys
    FROM keys JOIN meetings USING (kind, key) WHERE pairs BETWEEN 1 AND {most} GROUP BY unique_id
) AS met USING (unique_id)
ORDER BY position
