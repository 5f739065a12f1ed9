-- The claims with a flaw as problems, in the order of the claims.
SELECT c.file, c.row, '{name}' AS what, s.flaw.field AS field, s.flaw.value AS value, s.flaw.reason AS reason
FROM standing_{name} s JOIN claims_{name} c USING (part, n)
WHERE s.flaw IS NOT NULL
ORDER BY c.part, c.n
