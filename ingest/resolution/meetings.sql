-- How many records share a key, and how many pairs of them would meet; those of one dataset do not.
CREATE TABLE meetings AS
SELECT kind, key, sum(n) AS records, CAST((sum(n) * (sum(n) - 1) - sum(n * (n - 1))) / 2 AS BIGINT) AS pairs
FROM (SELECT kind, key, source_dataset, count(*) AS n FROM keys GROUP BY ALL) GROUP BY ALL
