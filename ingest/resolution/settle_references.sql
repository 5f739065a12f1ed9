-- What each reference means: of its candidates the best kind, if that is one node. Adds to `refs` (ref, entity, reason, choices).
-- A dataset's own records come first; of another dataset's, a value that was set aside (kind 1) counts nothing.
-- Where the reference says a place, what is elsewhere is not meant, and what is there is meant before what is nowhere.
INSERT INTO refs
SELECT ref, CASE WHEN len(choices) = 1 THEN choices[1] END, NULL, choices
FROM (
    SELECT ref, list(DISTINCT entity ORDER BY entity) AS choices
    FROM (
        SELECT ref, entity, kind, min(kind) OVER (PARTITION BY ref) AS best
        FROM (
            SELECT a.ref, t.entity,
                CASE WHEN a.dataset = t.dataset THEN t.kind WHEN t.kind = 1 THEN NULL ELSE t.kind + 10 END
                + CASE WHEN a.place IS NULL THEN 0 WHEN p.code IS NULL THEN 0.5
                    WHEN starts_with(a.place, regexp_replace(p.code, '(00)+$', '')) THEN 0
                    WHEN starts_with(p.code, regexp_replace(a.place, '(00)+$', '')) THEN 0 END AS kind
            FROM candidates t JOIN asked_keys a USING (key)
            LEFT JOIN candidate_places p ON t.entity = p.id
        ) WHERE kind IS NOT NULL
    ) WHERE kind = best GROUP BY ref
)
