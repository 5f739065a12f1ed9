-- The things of a type that is told by names, each with its names, the data sets that speak of it, and where the first does.
SELECT s.id, arg_min(c.name_zh, (s.part, s.n)) AS name, arg_min(c.file, (s.part, s.n)) AS file, arg_min(c.row, (s.part, s.n)) AS row,
    list(DISTINCT c.dataset) AS datasets, list_distinct(flatten(list(c.aliases))) AS aliases
FROM standing_{label} s JOIN claims_{label} c USING (part, n)
WHERE s.part >= 0 AND c.dataset >= 0 AND c.name_zh IS NOT NULL
GROUP BY s.id ORDER BY min((s.part, s.n))
