-- Gives claims that stood so far a flaw.
UPDATE standing_{name} SET flaw = struct_pack(field := 'to_id', value := shown, reason := '{reason}')
WHERE rowid IN (SELECT s.rowid FROM standing_{name} s {join} WHERE {condition})
