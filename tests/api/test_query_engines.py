"""What the query page shows of paths, maps and lists, alike on both engines."""

from api.app import create_app
from graph.store import GraphStore
from tests.api.conftest import client_of
from tests.api.test_query_page import asked, cells
from tests.graphs import graph_of

_WAY = "MATCH w = (e:Enterprise)-[:MAKES]->(a:Product)-[:INPUT_OF]->(b:Product)"
_WAYS = "MATCH w = (a:Product)-[:INPUT_OF*1..3]->(b:Product)"
SHOWN = {
    f"{_WAY} RETURN w ORDER BY a.id": [["e —makes→ a —is an input of→ b"]],
    f"{_WAY} RETURN nodes(w) AS met, length(w) AS steps ORDER BY a.id": [["e, a, b", "2"]],
    f"{_WAYS} RETURN w, b.id AS id ORDER BY id": [["a —is an input of→ b", "product:b"]],
    "MATCH (a:Product) RETURN {id: a.id} AS told, a.id AS id ORDER BY id LIMIT 1": [["id: product:a", "product:a"]],
    "MATCH (a:Product) RETURN [{id: a.id}, {id: 'x'}] AS told, a.id AS id ORDER BY id LIMIT 1": [
        ["id: product:a, id: x", "product:a"]
    ],
    "MATCH (a:Product)<-[m:MAKES]-(e:Enterprise) RETURN m, [a] AS made, a.id AS id ORDER BY id": [
        ["makes (enterprise:e → product:a)", "a", "product:a"]
    ],
}


def test_a_path_a_map_a_list_reads_alike(store: GraphStore) -> None:
    ids = ["enterprise:e", "product:a", "product:b"]
    edges = [("MAKES", "enterprise:e", "product:a"), ("INPUT_OF", "product:a", "product:b")]
    client = client_of(create_app(graph_of(store, ids, edges)))
    for statement, shown in SHOWN.items():
        page = asked(client, statement)
        assert cells(page) == shown, statement
        assert 'id="graph"' in page or "{id" in statement, "what is drawn is drawn on both"
