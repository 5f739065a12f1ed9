-- The claims on a label, the thing that each is about, and what is wrong with it: `standing_LABEL` (part, n, id, shown, flaw).
-- Reads `claims_LABEL`, `merged`, `unknown_sources`.
CREATE TABLE standing_{label} AS
SELECT c.part, c.n, coalesce(m.entity, c.id) AS id, c.id AS shown,
    CASE WHEN u.unknown IS NOT NULL THEN struct_pack(field := 'source_ids', value := u.unknown,
        reason := '{no_source}') END AS flaw
FROM claims_{label} c
LEFT JOIN merged m ON c.id = m.id
LEFT JOIN unknown_sources u ON {source_ids} = u.ids AND c.part >= 0
