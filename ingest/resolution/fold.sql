-- One row a thing, with the values that win: `folded` (id, ends, properties), but for the things in `several`.
-- Reads `standing_KIND`, `claims_KIND`, `aside`, `merged`. Things with a single claim, nearly all, are taken as they are.
CREATE OR REPLACE TEMP TABLE folded AS
SELECT {ids}, {shown}
FROM standing_{name} k ANTI JOIN several USING (id) JOIN claims_{name} c ON c.part = k.part AND c.n = k.n;
