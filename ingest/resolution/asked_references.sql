-- The references that edges make: `asked` (ref, dataset, label, property, value).
CREATE TABLE asked AS
SELECT ref, m.dataset::INTEGER AS dataset, m.label, m.property, m.value
FROM (SELECT ref, regexp_extract(ref, '(?s)^\?(\d+)\.(\w+)\.(\w+)=(.*)$', ['dataset', 'label', 'property', 'value']) AS m
      FROM ({references}))
