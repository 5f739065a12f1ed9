-- The things with several claims.
CREATE OR REPLACE TEMP TABLE several AS SELECT id FROM standing_{name} GROUP BY id HAVING count(*) > 1
