// name: controllers(enterprise_ids)
// Who controls some enterprises in the end, by holdings that control or are over half, and from which country. One row an enterprise.
UNWIND $enterprise_ids AS asked
MATCH (e:Enterprise {id: asked})
MATCH (g:Enterprise)
WHERE g.id = e.group_id
RETURN e.id AS enterprise_id, g.id AS group_id, coalesce(e.control_country, g.control_country) AS control_country
ORDER BY enterprise_id
