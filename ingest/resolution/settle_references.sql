-- What each reference means: of its candidates the best kind, if that is one node. Adds to `refs` (ref, entity, reason, hint).
-- A dataset's own records come first; of another dataset's, a value that was set aside (kind 1) counts nothing.
INSERT INTO refs
SELECT ref,
    CASE WHEN min(entity) = max(entity) THEN min(entity) END,
    CASE WHEN min(entity) <> max(entity) THEN '有多个节点符合 several nodes have it' END,
    CASE WHEN min(entity) <> max(entity)
        THEN '用编号指明，或由人判定 name its id, or let a person decide: ' || min(entity) || ', ' || max(entity) END
FROM (
    SELECT ref, entity, kind, min(kind) OVER (PARTITION BY ref) AS best
    FROM (
        SELECT a.ref, t.entity,
            CASE WHEN a.dataset = t.dataset THEN t.kind WHEN t.kind = 1 THEN NULL ELSE t.kind + 10 END AS kind
        FROM candidates t JOIN asked_keys a USING (key)
    ) WHERE kind IS NOT NULL
) WHERE kind = best GROUP BY ref
