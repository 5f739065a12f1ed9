-- The references that edges make: `asked` (ref, dataset, label, property, place, value).
CREATE TABLE asked AS
SELECT ref, m.dataset::INTEGER AS dataset, m.label, m.property, nullif(m.place, '') AS place, m.value
FROM (SELECT ref, regexp_extract(ref, '(?s)^\?(\d+)\.(\w+)\.(\w+)@?(\w*)=(.*)$',
          ['dataset', 'label', 'property', 'place', 'value']) AS m
      FROM ({references}))
