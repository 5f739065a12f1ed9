-- The codes that several records share, each with its records in the order of lists.
SELECT {name}, list(struct_pack(id, part, name := name_zh, key, former := former_names) ORDER BY part, id)
FROM coded SEMI JOIN (SELECT {name} FROM coded GROUP BY {name} HAVING min(id) <> max(id)) shared USING ({name})
GROUP BY {name} ORDER BY {name}
