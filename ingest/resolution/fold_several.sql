-- Adds the things with several claims to `folded`; `ranked` are these claims.
-- `precedence` numbers the claims on one thing; a property (`rank`) may not have the name of this column.
CREATE OR REPLACE TEMP TABLE ranked AS
SELECT {ids}, c.part, {shown}, row_number() OVER (PARTITION BY k.id ORDER BY {precedence}) AS precedence
FROM standing_{name} k SEMI JOIN several USING (id) JOIN claims_{name} c ON c.part = k.part AND c.n = k.n;
INSERT INTO folded
SELECT {winners} FROM (SELECT {grouped}, {united}, {all_names} AS all_names, {names_in_order} AS names_in_order,
    {corrected_name} AS corrected_name FROM ranked s GROUP BY {grouped}) x
