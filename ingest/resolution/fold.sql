-- One row a thing, with the values that win: `folded` (id, ends, properties), and `ranked`, the claims on things with several.
-- Reads `standing_KIND`, `claims_KIND`, `aside`, `merged`. Things with a single claim, nearly all, are taken as they are.
-- `precedence` numbers the claims on one thing; a property (`rank`) may not have the name of this column.
CREATE OR REPLACE TEMP TABLE several AS SELECT id FROM standing_{name} GROUP BY id HAVING count(*) > 1;
CREATE OR REPLACE TEMP TABLE folded AS
SELECT {ids}, {shown}
FROM standing_{name} k ANTI JOIN several USING (id) JOIN claims_{name} c ON c.part = k.part AND c.n = k.n;
CREATE OR REPLACE TEMP TABLE ranked AS
SELECT {ids}, c.part, {shown}, row_number() OVER (PARTITION BY k.id ORDER BY {precedence}) AS precedence
FROM standing_{name} k SEMI JOIN several USING (id) JOIN claims_{name} c ON c.part = k.part AND c.n = k.n;
INSERT INTO folded
SELECT {winners} FROM (SELECT {grouped}, {united}, {all_names} AS all_names, {names_in_order} AS names_in_order,
    {corrected_name} AS corrected_name FROM ranked s GROUP BY {grouped}) x
