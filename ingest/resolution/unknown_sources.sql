-- Lists of sources that name one which is not there, with the first such: `unknown_sources` (ids, unknown).
CREATE TABLE unknown_sources AS
SELECT ids, arg_min(one, place) AS unknown
FROM (SELECT ids, unnest(ids) AS one, generate_subscripts(ids, 1) AS place FROM (SELECT DISTINCT source_ids AS ids FROM ({stated})))
ANTI JOIN ({known}) known ON one = known.id
GROUP BY ids
