-- The names of plants that make something and that nobody operates.
SELECT name_zh FROM ({things})
WHERE id IN (SELECT from_id FROM ({edges})) AND id NOT IN (SELECT to_id FROM ({operated}))
ORDER BY id
