// name: owners(enterprise_ids)
// Who holds shares in some enterprises; asked again of the owners, until there are none farther up. One row an OWNS edge.
MATCH (e:Enterprise)<-[o:OWNS]-(owner:Enterprise)
WHERE e.id IN $enterprise_ids AND owner.id <> e.id
RETURN e.id AS enterprise_id, owner.id AS owner_id, o.id AS edge_id
ORDER BY enterprise_id, owner_id, edge_id
