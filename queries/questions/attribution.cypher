// name: commissions(report_ids)
// To whom external R&D of some reports was paid. One row a report and party.
UNWIND $report_ids AS asked
MATCH (r:Report {id: asked})-[k:COMMISSIONED]->(to:Enterprise|Institute)
RETURN r.id AS report_id, to.id AS party_id, k.amount_10k_cny AS amount, k.id AS edge_id
ORDER BY report_id, party_id

// name: terms(center_ids, indicator)
// What places agreed for some centres. One row an agreed part.
UNWIND $center_ids AS asked
MATCH (c:Center {id: asked})-[a:AGREED_SPLIT]->(w:Place)
WHERE a.indicator = $indicator
RETURN c.id AS center_id, w.id AS place_id, a.term AS term, a.share AS share, a.applies_from AS applies_from, a.applies_to AS applies_to, a.id AS edge_id
ORDER BY center_id, place_id, term, edge_id
