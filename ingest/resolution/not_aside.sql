CASE
    -- A value is set aside for one record that claims it;
    WHEN EXISTS (SELECT 1 FROM aside a WHERE a.id = c.id AND a.property = '{property}' AND a.value = c.{property}::VARCHAR) THEN NULL
    -- what a person calls not known is so for the whole thing.
    WHEN EXISTS (
        SELECT 1 FROM aside a LEFT JOIN merged m ON a.id = m.id
        WHERE coalesce(m.entity, a.id) = k.id AND a.property = '{property}' AND a.value IS NULL
    ) THEN NULL
    ELSE c.{property}
END
