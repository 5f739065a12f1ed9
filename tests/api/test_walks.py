"""Walks over small graphs: what acts bring and hide, what filters leave, what an old link says of a changed graph."""

import html
import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.walks import Canvas, Filters, Walk, canvas_of, shown_of
from graph.store import GraphStore
from graph.texts import Language
from ingest.dataset import datasets_at
from ingest.pipeline import Settings, load
from queries.reader import Reader
from queries.verdicts import Verdict
from tests.api.conftest import client_of
from tests.graphs import Edge, Item, graph_of
from tests.ingest.datasets import dataset

SUZHOU: Item = {"id": "place:320500", "name_zh": "苏州市", "in_corridor": True}
HEFEI: Item = {"id": "place:340100", "name_zh": "合肥市", "in_corridor": True}


def hub(store: GraphStore) -> Reader:
    """A product with 20 inputs, 20 makers and 3 technologies beyond what a first picture of one node shows."""
    inputs = [f"product:i{n:02}" for n in range(20)]
    makers = [f"enterprise:e{n:02}" for n in range(20)]
    techs = [f"technology:t{n}" for n in range(3)]
    edges: list[Edge] = [("INPUT_OF", one, "product:a") for one in inputs]
    edges += [("MAKES", one, "product:a") for one in makers] + [("NEEDS", "product:a", one) for one in techs]
    edges += [("INPUT_OF", "product:a", "product:z"), ("MAKES", "enterprise:e00", "product:i00")]
    return Reader(graph_of(store, ["product:a", "product:z", *inputs, *makers, *techs], edges))


def after(reader: Reader, *steps: str, node: str = "product:a", limit: int = 1, depth: int = 1) -> Canvas:
    return canvas_of(reader, Walk(node, depth, limit, steps=steps), Language.ZH)


def said(canvas: Canvas) -> str:
    return canvas.said.in_(Language.ZH) if canvas.said else ""


def test_neighbours_come_fifteen_at_a_time_the_chain_first_and_their_number_is_said(ladybug_store: GraphStore) -> None:
    reader = hub(ladybug_store)
    assert after(reader).more() == {"product:a": 44}
    once = after(reader, "open:product:a")
    assert len(once.open_nodes()) == 16 and all(one.startswith("product:") for one in once.open_nodes())
    assert once.more()["product:a"] == 29 and said(once) == "a：展开 15 个，还有 29 个邻居未显示"
    whole = after(reader, *["open:product:a"] * 3)
    assert len(whole.open_nodes()) == 45 and whole.more() == {}
    assert said(after(reader, *["open:product:a"] * 4)) == "a：没有别的邻居"


def test_up_and_down_follow_what_flows(ladybug_store: GraphStore) -> None:
    reader = hub(ladybug_store)
    down = after(reader, "down:product:a")
    assert down.open_nodes() == {"product:a", "product:z"}
    up = after(reader, *["up:product:a"] * 3)
    assert {one.partition(":")[0] for one in up.open_nodes()} == {"product", "enterprise"} and len(
        up.open_nodes()
    ) == 41
    assert said(after(reader, "down:product:a", "down:product:a")) == "a：没有别的下游"


def test_what_is_folded_up_comes_back_where_it_stood(ladybug_store: GraphStore) -> None:
    reader = hub(ladybug_store)
    steps = ["open:product:a", "open:product:a", "open:product:i00"]
    opened = after(reader, *steps)
    folded = after(reader, *steps, "shut:product:a")
    assert folded.open_nodes() == {"product:a"} and folded.more() == {"product:a": 44}
    again = after(reader, *steps, "shut:product:a", "open:product:a")
    assert again.open_nodes() == opened.open_nodes() and again.layout == opened.layout
    more = after(reader, *steps, "shut:product:a", "open:product:a", "open:product:a")
    assert len(more.open_nodes()) > len(opened.open_nodes())
    assert {one: more.layout.positions[one] for one in opened.nodes} == opened.layout.positions


def test_of_what_was_there_from_the_beginning_collapsing_hides_what_hangs_on_it_alone(
    ladybug_store: GraphStore,
) -> None:
    store = graph_of(
        ladybug_store, ["product:a", "product:b", "product:c", "enterprise:e", "enterprise:f"],
        [("INPUT_OF", "product:a", "product:b"), ("INPUT_OF", "product:c", "product:b"), ("MAKES", "enterprise:e", "product:a"),
         ("MAKES", "enterprise:f", "product:a"), ("MAKES", "enterprise:f", "product:c")],
    )  # fmt: skip
    reader = Reader(store)
    steps: Sequence[str] = ("shut:product:a",)
    shut = after(reader, *steps, node="product:b", limit=50)
    assert shut.open_nodes() == {"product:a", "product:b", "product:c", "enterprise:f"}
    assert shut.more()["product:a"] == 1
    assert "enterprise:e" in after(reader, *steps, "open:product:a", node="product:b", limit=50).open_nodes()
    assert said(after(reader, "shut:product:b", "shut:product:b", node="product:b", limit=50)) == "b：没有可收起的"


def test_hiding_is_taken_back_by_hiding_and_the_start_stays(ladybug_store: GraphStore) -> None:
    reader = hub(ladybug_store)
    hidden = after(reader, "down:product:a", "hide:product:z")
    assert [one.id for one in shown_of(reader, hidden, Filters()).nodes] == ["product:a"]
    back = after(reader, "down:product:a", "hide:product:z", "hide:product:z")
    assert len(shown_of(reader, back, Filters()).nodes) == 2
    assert "不能隐去" in said(after(reader, "hide:product:a"))


def test_ways_between_several_starts_and_ends_are_brought_and_marked(ladybug_store: GraphStore) -> None:
    store = graph_of(
        ladybug_store, [f"product:{one}" for one in "abcdex"],
        [("INPUT_OF", f"product:{a}", f"product:{b}") for a, b in ("ab", "bc", "dc", "ce", "xa")],
    )  # fmt: skip
    reader = Reader(store)
    one_end = after(reader, "from:product:a")
    assert said(one_end) == "a 是起点；再选终点" and not one_end.edges
    steps = ("from:product:a", "from:product:d", "to:product:e")
    found = after(reader, *steps)
    assert (found.starts, found.ends) == (("product:a", "product:d"), ("product:e",))
    assert found.open_nodes() == {"product:a", "product:b", "product:c", "product:d", "product:e"}
    assert {"INPUT_OF|product:d|product:c", "INPUT_OF|product:c|product:e", "product:b"} <= found.ways
    assert said(found) == "找到 2 条路径，最短 2 步"
    fewer = after(reader, *steps, "from:product:a")
    assert fewer.starts == ("product:d",) and "product:b" not in fewer.open_nodes()
    assert {one: fewer.layout.positions[one] for one in found.nodes} == found.layout.positions
    none = after(reader, *steps, "to:product:e")
    assert not none.ends and none.open_nodes() == {"product:a", "product:d"}


def test_filters_leave_what_meets_them_and_what_stands_beside_it(ladybug_store: GraphStore) -> None:
    old: Item = {"as_of": date(2015, 1, 1), "status": "inferred"}
    edges: list[Edge] = [
        ("INPUT_OF", "product:b", "product:a"), ("INPUT_OF", "product:c", "product:a", old), ("MAKES", "enterprise:s", "product:b"),
        ("MAKES", "enterprise:h", "product:c"), ("PART_OF", "product:a", "chain:x"), ("PART_OF", "product:b", "chain:x"),
        ("LOCATED_IN", "enterprise:s", "place:320500"), ("LOCATED_IN", "enterprise:h", "place:340100"),
        ("OPERATES", "enterprise:h", "plant:p"), ("LOCATED_IN", "plant:p", "place:320500"), ("MAKES", "enterprise:g", "product:c"),
        ("LOCATED_IN", "enterprise:g", "place:340100"),
    ]  # fmt: skip
    names = [
        "product:a",
        "product:b",
        "product:c",
        "enterprise:s",
        "enterprise:h",
        "enterprise:g",
        "plant:p",
        "chain:x",
    ]
    reader = Reader(graph_of(ladybug_store, [SUZHOU, HEFEI, *names], edges))
    canvas = after(reader, limit=50)

    def left(**chosen: object) -> set[str]:
        shown = shown_of(reader, canvas, Filters(**chosen))  # type: ignore[arg-type]
        return {one.id.partition(":")[2] for one in shown.nodes}

    assert left() == {"a", "b", "c", "s", "h", "g"}
    assert left(place="place:320500") == {"a", "b", "c", "s", "h"}, "a firm with a plant there is there"
    assert left(chain="chain:x") == {"a", "b", "s"}, "makers go with the products that they make"
    assert left(verdicts=(Verdict.SINGLE_SOURCE,)) == {"a", "b", "s"}
    assert left(statuses=("inferred",)) == {"a", "c"}
    assert left(since=date(2018, 1, 1)) == {"a", "b", "s", "c", "h", "g"}
    assert left(since=date(2030, 1, 1)) == {"a"}


# --- over the server ---


@pytest.fixture(scope="module")
def small(one_store: GraphStore) -> TestClient:
    store = graph_of(
        one_store, [SUZHOU, "product:a", "product:b", "enterprise:e", "chain:x"],
        [("INPUT_OF", "product:b", "product:a"), ("MAKES", "enterprise:e", "product:b"), ("PART_OF", "product:b", "chain:x")],
    )  # fmt: skip
    return client_of(create_app(store))


def graph_in(page: str) -> dict[str, list[dict[str, object]]]:
    found = re.search(r'<script type="application/json" id="graph">(.*?)</script>', page, re.S)
    assert found
    parsed: dict[str, list[dict[str, object]]] = json.loads(found[1])
    return parsed


def ids_in(page: str) -> set[object]:
    return {one["id"] for one in graph_in(page)["nodes"]}


def test_the_form_shows_what_is_chosen_keeps_the_acts_and_takes_nothing_for_everything(small: TestClient) -> None:
    page = small.get("/subgraph/product:a?step=open:product:b&limit=40&verdict=missing&off=%23inferred").text
    assert '<option value="40" selected>' in page and '<option value="missing" selected>' in page
    assert '<input type="hidden" name="step" value="open:product:b">' in page
    assert '<input type="hidden" name="off" value="#inferred">' in page
    assert small.get("/subgraph/product:a?place=&chain=&since=&at=").status_code == 200


def test_a_walk_is_carried_away_as_one_file_that_shows_the_same(small: TestClient) -> None:
    asked = "/subgraph/product:a?step=open:product:b&step=hide:enterprise:e"
    answer = small.get(f"{asked}&file=true")
    assert answer.headers["content-disposition"].startswith("attachment") and "<script src" not in answer.text
    assert ids_in(answer.text) == ids_in(small.get(asked).text) == {"product:a", "product:b"}
    assert 'href="/subgraph/product:a?step=open:product:b' in small.get(asked).text


@pytest.mark.parametrize(
    "query",
    ["step=burn:product:a", "step=open", "step=open:", "depth=9", "limit=0", "since=yesterday", "verdict=bad", "kinds=Nothing"],
)  # fmt: skip
def test_what_is_no_state_is_refused_in_the_page_of_errors(small: TestClient, query: str) -> None:
    answer = small.get(f"/subgraph/product:a?{query}")
    assert answer.status_code == 422 and "<h1" in answer.text


def test_a_link_that_is_too_long_is_refused_with_what_to_do(small: TestClient) -> None:
    answer = small.get("/subgraph/product:a?" + urlencode([("step", f"open:product:{'b' * 200}")] * 80))
    assert answer.status_code == 422 and "另存为离线页" in answer.text


def test_hostile_states_stay_text(small: TestClient) -> None:
    hostile = "<script>alert(1)</script>\"'&"
    asked = urlencode([("step", f"open:product:{hostile}"), ("at", hostile), ("place", hostile), ("off", hostile),
                       ("status", hostile), ("run", hostile)])  # fmt: skip
    answer = small.get(f"/subgraph/product:a?{asked}")
    assert answer.status_code == 200 and "<script>alert" not in answer.text
    assert html.escape(f"product:{hostile}", quote=False)[:20] in answer.text


def test_ids_that_the_graph_does_not_hold_are_listed_and_the_graph_is_not_said_to_have_changed(
    small: TestClient,
) -> None:
    asked = [("step", "open:product:b"), ("step", "open:product:gone"), ("step", "hide:enterprise:none"), ("chain", "chain:none"),
             ("place", "place:999999"), ("at", "product:nothing"), ("step", "open:place:320500")]  # fmt: skip
    page = small.get(f"/subgraph/product:a?{urlencode(asked)}").text
    notice = page.partition('<div id="notice"')[2].partition("</div>")[0]
    assert "图已变" not in notice
    said = notice.partition("图中没有链接里的这些编号：")[2].partition("。")[0]
    assert set(said.split("、")) == {
        "product:gone",
        "enterprise:none",
        "chain:none",
        "place:999999",
        "product:nothing",
    }
    assert "走不到：place:320500" in notice
    assert ids_in(page) == {"product:a", "product:b", "enterprise:e"}


def test_where_its_load_is_kept_an_old_link_lists_all_that_it_showed_by_name(
    tmp_path: Path, ladybug_store: GraphStore
) -> None:
    def loaded(makers: Sequence[str]) -> None:
        folder = dataset(
            tmp_path / "data", products=[{"id": "product:p", "name_zh": "光刻胶"}],
            enterprises=[{"id": f"enterprise:{one}", "name_zh": f"{one}公司"} for one in makers],
            makes=[{"from_id": f"enterprise:{one}", "to_id": "product:p"} for one in makers],
        )  # fmt: skip
        load(datasets_at([folder]), ladybug_store, Settings(tmp_path / "home"))

    loaded(["a", "b", "c"])
    client = client_of(create_app(ladybug_store, tmp_path / "home"))
    run = ladybug_store.run_id()
    asked = f"/subgraph/product:p?step=open:product:p&run={run}"
    assert "不在图中" not in client.get(asked).text and "另一次载入" not in client.get(asked).text
    loaded(["a"])
    page = client.get(f"{asked}&step=open:enterprise:never").text
    assert "以下 2 个当时有，现已不在图中" in page and "b公司 (enterprise:b)" in page and "另一次载入" in page
    assert "图中没有链接里的这些编号：enterprise:never。" in page
    assert client.get(asked.replace(str(run), "unknown")).status_code == 200
