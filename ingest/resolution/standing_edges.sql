-- The claims on a type of edges, the edge that each is about, and the first of what is wrong with it:
-- `standing_TYPE` (part, dataset, n, id, from_id, to_id, shown, flaw).
-- Reads `claims_TYPE`, `refs`, `merged`, `known`, `unknown_sources`.
CREATE TABLE standing_{name} AS
WITH named AS (
    SELECT c.part, c.dataset, c.n, {key} AS key,
        coalesce(rf.entity, mf.entity, c.from_id) AS from_id, rf.reason AS from_reason,
        coalesce(rt.entity, mt.entity, c.to_id) AS to_id, rt.reason AS to_reason,
        coalesce(c."text:from_id", c.from_id) AS from_text, coalesce(c."text:to_id", c.to_id) AS to_text, u.unknown
    FROM claims_{name} c
    LEFT JOIN refs rf ON c.from_id = rf.ref
    LEFT JOIN refs rt ON c.to_id = rt.ref
    LEFT JOIN merged mf ON c.from_id = mf.id
    LEFT JOIN merged mt ON c.to_id = mt.id
    LEFT JOIN unknown_sources u ON c.source_ids = u.ids AND c.part >= 0
)
SELECT part, dataset, n, '{name}|' || from_id || '|' || to_id || CASE WHEN key IS NULL THEN '' ELSE '|' || key END AS id,
    from_id, to_id, from_text || '→' || to_text AS shown,
    CASE
        WHEN kf.id IS NULL THEN struct_pack(field := 'from_id', value := from_text,
            reason := coalesce(from_reason, '{no_node}'))
        WHEN kt.id IS NULL THEN struct_pack(field := 'to_id', value := to_text,
            reason := coalesce(to_reason, '{no_node}'))
        WHEN (split_part(from_id, ':', 1), split_part(to_id, ':', 1)) NOT IN ({prefixes}) THEN struct_pack(
            field := 'from_id', value := from_text || '→' || to_text, reason := '{joins_only}')
        WHEN from_id = to_id AND NOT {may_join_itself} THEN struct_pack(field := 'to_id', value := to_text,
            reason := 'ingest.joined_to_itself')
        WHEN unknown IS NOT NULL THEN struct_pack(field := 'source_ids', value := unknown,
            reason := '{no_source}')
    END AS flaw
FROM named
LEFT JOIN known kf ON from_id = kf.id
LEFT JOIN known kt ON to_id = kt.id
