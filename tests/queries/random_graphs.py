"""Small graphs drawn from a seed: cycles, self-loops, isolated nodes, parallel edges, odd names, unknown shares and places."""

from datetime import date
from random import Random
from typing import Any

from graph.store import Batch
from tests.graphs import Edge, Item, batches_of

_SHARES: list[tuple[float | None, float | None, float | None]] = [
    (None, None, None), (None, None, None), (None, 0.3, None), (0.2, None, 0.6), (None, None, 0.5), (0.9, None, None),
    (0.85, 0.9, 1.0),
]  # fmt: skip


def random_batches(seed: int) -> list[Batch]:
    """The graph of a seed; equal seeds give equal graphs."""
    rng = Random(seed)
    products = [f"product:p{i}" for i in range(rng.randint(1, 9))]
    enterprises = [f"enterprise:e{i}" for i in range(rng.randint(0, 7))]
    places = [f"place:{i}" for i in range(rng.randint(1, 6))]
    chains = [f"chain:c{i}" for i in range(rng.randint(0, 3))]
    technologies = [f"technology:t{i}" for i in range(rng.randint(0, 3))]
    institutes = [f"institute:i{i}" for i in range(rng.randint(0, 2))]
    centers = [f"center:z{i}" for i in range(rng.randint(0, 1))]
    sectors = [f"sector:s{i}" for i in range(rng.randint(0, 2))]
    nodes: list[str | Item] = [
        *(_node(rng, i) for i in (*products, *enterprises, *chains, *institutes, *centers, *sectors)),
        *({**_node(rng, i), "in_corridor": rng.choice([True, False, None])} for i in places),
        *({**_node(rng, i), "is_key": rng.choice([True, False, None])} for i in technologies),
    ]
    edges: list[Edge] = [
        *_some(rng, "PART_OF", products, chains, 8, stage=["upstream", "downstream", None]),
        *_some(rng, "MAKES", enterprises, products, 12, share=[0.05, 0.2, 0.7, 0.0, None]),
        *_some(rng, "INPUT_OF", products, products, 12, input_class=[0, 1, 2, 2, None]),
        *_some(rng, "KIND_OF", products, products, rng.choice([0, 3, 6])),
        *_some(rng, "LOCATED_IN", enterprises, places, 9),
        *_some(rng, "LOCATED_IN", institutes, places, 2),
        *_some(rng, "NEEDS", products, technologies, 4),
        *_some(rng, "MASTERS", enterprises, technologies, 4),
        *_some(rng, "RESEARCHES", institutes, technologies, 3),
        *_some(rng, "SUPPLIES", enterprises, enterprises, 3),
        *_some(rng, "RESIDENT_OF", enterprises, centers, 2),
        *_some(rng, "IN_SECTOR", products, sectors, 2),
        *_some(rng, "SECTOR_INPUT_OF", sectors, sectors, 2),
        # A place lies in at most one other, with a smaller number: a forest.
        *(("PART_OF", place, rng.choice(places[:n])) for n, place in enumerate(places) if n and rng.random() < 0.5),
    ]
    rng = Random(seed + 7_002)
    for node in nodes:
        if isinstance(node, dict) and node["id"].startswith(("technology:", "product:")):
            exact = rng.choice([0.0, 0.9, 1.0])
            least, share, most = rng.choice([*_SHARES, (None, exact, None)])
            node |= {"foreign_share_min": least, "foreign_share": share, "foreign_share_max": most}
            node |= {"foreign_basis": rng.choice([None, "imports", "not_localised"])}
            node |= {"foreign_year": rng.choice([None, 2005, 2024])}
    _add_weights(Random(seed + 7_003), nodes, edges)
    _add_levels(Random(seed + 7_000), nodes)
    edges += _some(
        Random(seed + 7_001), "PROVIDES", places, products, 5, share=[0.1, 0.4, None], is_negligible=[None, True]
    )
    _add_amounts(Random(seed + 7_001), nodes, edges)
    _add_control(Random(seed + 9_000), nodes, edges, enterprises, products, places)
    edges += _dealings(seed, enterprises, institutes, centers, places, edges)
    edges = _each_once([*edges, *_sales_of_inputs(Random(seed + 9_200), edges)])
    _add_kinds(Random(seed + 9_100), edges)
    _add_centre_years(Random(seed + 9_300), nodes, edges, [enterprises, institutes, centers, places, products])
    _add_proposals(Random(seed + 9_400), nodes, edges)
    _add_names(Random(seed + 9_500), nodes)
    return batches_of(_with_sizes(seed, nodes), edges)


def _each_once(edges: list[Edge]) -> list[Edge]:
    """Edges with one id each: of several the first."""
    found: dict[tuple[object, ...], Edge] = {}
    for edge in edges:
        own = (edge[3].get("product_id"), edge[3].get("term")) if len(edge) > 3 else None
        found.setdefault((*edge[:3], own), edge)
    return list(found.values())


def _with_sizes(seed: int, nodes: list[str | Item]) -> list[str | Item]:
    """Enterprises with capital, revenue and employees, some known and some equal."""
    rng = Random(seed + 7_000)
    drawn: dict[str, list[object]] = {
        "registered_capital_10k_cny": [None, 0.0, 500.0, 2e4, 2e4],
        "revenue_10k_cny": [None, None, 1e3, 5e5],
        "employees": [None, 0, 40, 900],
    }
    return [
        {**node, **{name: rng.choice(values) for name, values in drawn.items()}}
        if not isinstance(node, str) and str(node["id"]).startswith("enterprise:")
        else node
        for node in nodes
    ]


def _dealings(
    seed: int, enterprises: list[str], institutes: list[str], centers: list[str], places: list[str], drawn: list[Edge]
) -> list[Edge]:
    """Shares, cooperations, sales of named goods, residents and where centres are."""
    rng = Random(seed + 8_000)
    residents = {edge[:3] for edge in drawn}
    return [
        *_some(
            rng, "OWNS", enterprises, enterprises, 5, share=[None, 0.2, 0.6], is_controlling=[None, None, True, False]
        ),
        *_some(rng, "COOPERATES_WITH", enterprises, institutes, 4),
        *_some(rng, "SUPPLIES", enterprises, enterprises, 3, product_id=["product:p0", "product:p1"]),
        *_some(rng, "LOCATED_IN", centers, places, 2),
        *(
            edge
            for edge in _some(
                rng, "RESIDENT_OF", enterprises, centers, 4, resident_status=["intends", "resident", "left"]
            )
            if edge[:3] not in residents
        ),
    ]


def _add_control(
    rng: Random,
    nodes: list[str | Item],
    edges: list[Edge],
    enterprises: list[str],
    products: list[str],
    places: list[str],
) -> None:
    """Plants with and without operators, makers' countries, markets of shares."""
    plants = [f"plant:f{i}" for i in range(rng.choice([0, 0, 1, 3]))]
    nodes += [{**_node(rng, plant), "progress": rng.choice([None, None, "operating", "building"])} for plant in plants]
    for node in nodes:
        if isinstance(node, dict) and node["id"].startswith("enterprise:"):
            node["control_country"] = rng.choice([None, None, "CHN", "JPN"])
    edges += _some(rng, "OPERATES", enterprises, plants, 5)
    edges += _some(rng, "MAKES", plants, products, 4, share=[0.3, None, None], confidence=[None, 0.5, 1.0])
    edges += _some(rng, "LOCATED_IN", plants, places, 4)
    for number, edge in enumerate(edges):
        if edge[0] == "MAKES":
            own = dict(edge[3]) if len(edge) > 3 else {}
            edges[number] = (*edge[:3], own | {
                "share_market": rng.choice([None, None, None, "china", "world"]),
                "status": rng.choice(["documented", "listed", "inferred"]),
                "as_of": rng.choice([date(2020, 9, 30), date.today()]),
            })  # fmt: skip


def _residencies(rng: Random, edges: list[Edge]) -> list[Edge]:
    """That most of those who report to a centre are or were its residents; some only intend to come, or never did."""
    homes = [(edge[1], edge[2]) for edge in edges if edge[0] == "REPORTED_FOR"]
    there = {(edge[1], edge[2]) for edge in edges if edge[0] == "RESIDENT_OF"}
    pairs = {
        (edge[1], center) for edge in edges if edge[0] == "REPORTED" for report, center in homes if report == edge[2]
    }
    statuses = ["resident", "resident", "resident", "left", "intends", None]
    drawn = [(*pair, rng.choice(statuses)) for pair in sorted(pairs - there)]
    return [("RESIDENT_OF", who, center, {"resident_status": status}) for who, center, status in drawn if status]


def _add_centre_years(rng: Random, nodes: list[str | Item], edges: list[Edge], there: list[list[str]]) -> None:
    """What residents report, twice or of some quarters at times, what they agreed and commissioned, what projects came to."""
    enterprises, institutes, centers, places, products = there
    plants = [str(node["id"]) for node in nodes if not isinstance(node, str) and str(node["id"]).startswith("plant:")]
    for node in nodes:
        if isinstance(node, dict) and str(node["id"]).startswith("center:"):
            node["has_registered_residents"] = rng.choice([None, None, True])
            node["projects"], node["rights"] = rng.choice([None, 3]), rng.choice([None, 0, 7])
            node["floor_area_m2"] = rng.choice([None, 500.0, 12_000.0])
        if isinstance(node, dict) and str(node["id"]).startswith("enterprise:"):
            node["is_high_tech"] = rng.choice([None, True, False])
    for number, edge in enumerate(edges):
        if edge[0] == "RESIDENT_OF" and len(edge) > 3:
            edges[number] = (
                *edge[:3],
                {**edge[3], "since": rng.choice([None, None, date(2021, 3, 1), date(2024, 8, 1)])},
            )
    reports = [f"report:r{i}" for i in range(rng.choice([0, 2, 6, 12]))]
    years = [2022, 2023, 2023, 2024]
    nodes += [
        {
            **_node(rng, report), "year": rng.choice(years), "quarter": rng.choice([None, None, None, 1, 2, 3, 4]),
            "reported_on": rng.choice([None, date(2024, 1, 5), date(2025, 3, 1)]),
            **{name: rng.choice([None, 0.0, 12.5, 100.0, 4e3]) for name in _MONEY},
            **{name: rng.choice([None, 0, 3, 40]) for name in _PEOPLE},
        }
        for report in reports
    ]  # fmt: skip
    for report in reports:
        # At times nobody's, or of two.
        for _ in range(rng.choice([0, 1, 1, 1, 1, 1, 2])):
            edges += [("REPORTED", one, report) for one in rng.sample(enterprises, k=min(1, len(enterprises)))]
        for _ in range(rng.choice([1, 1, 1, 2])):
            edges += [("REPORTED_FOR", report, one) for one in rng.sample(centers, k=min(1, len(centers)))]
    edges += _residencies(Random(len(nodes) + len(edges)), edges)
    edges += _some(rng, "COMMISSIONED", reports, [*enterprises, *institutes], 5, amount_10k_cny=[None, 5.0, 60.0])
    edges += _some(rng, "SENT_BY", centers, places, 2)
    for center in centers:
        edges += _terms(rng, center, places)
    projects, results = ([f"{what}{i}" for i in range(rng.randint(0, 4))] for what in ("project:j", "result:u"))
    nodes += [
        {**_node(rng, one), "started_on": rng.choice([None, date(2021, 5, 1), date(2023, 1, 1)])} for one in projects
    ]
    nodes += [
        {**_node(rng, one), "result_kind": rng.choice(["patent", "product", "standard", "paper"])} for one in results
    ]
    edges += _some(rng, "RUNS", enterprises, projects, 6)
    edges += _some(rng, "HOSTED_BY", projects, centers, 5)
    edges += _some(rng, "YIELDS", projects, results, 6, yielded_on=[None, date(2022, 7, 1), date(2024, 2, 2)])
    edges += _some(
        rng, "INDUSTRIALISED_IN", results, [*plants, *places, *products], 6,
        first_output_on=[None, date(2022, 9, 1), date(2024, 6, 30)],
    )  # fmt: skip
    edges[:] = _each_once(edges)


_MONEY = [
    "rnd_internal_10k_cny", "rnd_external_10k_cny", "main_area_m2", "other_area_m2", "main_revenue_10k_cny", "other_revenue_10k_cny",
    "tax_10k_cny", "output_10k_cny", "contracts_10k_cny", "support_10k_cny",
]  # fmt: skip
_PEOPLE = ["rnd_staff", "staff", "incubated_firms", "graduates", "patents", "moved_registrations"]


def _terms(rng: Random, center: str, places: list[str]) -> list[Edge]:
    """Agreed parts of a centre, whole or not, for some time or always."""
    found: list[Edge] = []
    for number, indicator in enumerate(rng.sample(["rnd", "output", "tax", "firms"], k=rng.randint(0, 3))):
        parts: list[float | None] = rng.choice([[1.0], [0.5, 0.5], [0.4, 0.6], [0.4, 0.5], [None, 1.0]])
        when = {
            "applies_from": rng.choice([None, date(2023, 7, 1)]),
            "applies_to": rng.choice([None, date(2023, 9, 30)]),
        }
        for place, share in zip(rng.sample(places, k=min(len(parts), len(places))), parts, strict=False):
            found.append(
                ("AGREED_SPLIT", center, place, {"term": f"t{number}", "indicator": indicator, "share": share, **when})
            )
    return found


def _sales_of_inputs(rng: Random, edges: list[Edge]) -> list[Edge]:
    """Sales by makers of an input to makers of what it goes into, some of them."""
    makers: dict[str, list[str]] = {}
    for edge_type, a, b, *_ in edges:
        if edge_type == "MAKES" and a.startswith("enterprise:"):
            makers.setdefault(b, []).append(a)
    pairs = [
        (a, b, k) for t, k, q, *_ in edges if t == "INPUT_OF" for a in makers.get(k, ()) for b in makers.get(q, ())
    ]
    chosen = sorted({pair for pair in pairs if rng.random() < 0.5 and pair[0] != pair[1]})
    return [
        ("SUPPLIES", a, b, {"product_id": k, "amount_10k_cny": rng.choice([None, None, 20.0])}) for a, b, k in chosen
    ]


def _add_proposals(rng: Random, nodes: list[str | Item], edges: list[Edge]) -> None:
    """Proposed projects: some without cost, place, proposer or product, some of a cost in another unit."""
    ids = {prefix: [str(n["id"]) for n in nodes if not isinstance(n, str) and str(n["id"]).startswith(f"{prefix}:")]
           for prefix in ("enterprise", "product", "place", "chain")}  # fmt: skip
    proposals = [f"proposal:r{i}" for i in range(rng.choice([0, 0, 2, 5]))]
    for one in proposals:
        nodes.append({
            **_node(rng, one), "cost_10k_cny": rng.choice([None, 0.0, 300.0, 900.0, 2500.0, 9_000_000.0]),
            "funding_stage": rng.choice([None, "early", "middle", "late"]),
            "support_class": rng.choice([None, None, "frontier", "open_bid"]), "lead_time_days": rng.choice([None, 90.0]),
        })  # fmt: skip
    edges += [
        *_some(rng, "PROPOSES", ids["enterprise"], proposals, 5),
        *_some(rng, "FILLS", proposals, ids["product"], 7),
        *_some(rng, "LOCATED_IN", proposals, ids["place"], 5),
        *_some(rng, "PART_OF", proposals, ids["chain"], 3),
    ]


def _add_kinds(rng: Random, edges: list[Edge]) -> None:
    """What inputs are, and of what the shares of sales are."""
    drawn: dict[str, dict[str, list[object]]] = {
        "INPUT_OF": {"input_kind": [None, "material", "component", "equipment", "equipment"]},
        "SUPPLIES": {
            "share": [None, 0.2, 0.2, 0.5, 0.7], "share_of": [*["buyer_purchases"] * 4, "supplier_revenue", None],
            "share_year": [2023, 2024, None],
        },
    }  # fmt: skip
    for number, edge in enumerate(edges):
        if edge[0] in drawn:
            own = {name: rng.choice(values) for name, values in drawn[edge[0]].items()}
            edges[number] = (*edge[:3], {**(edge[3] if len(edge) > 3 else {}), **own})


def _add_weights(rng: Random, nodes: list[str | Item], edges: list[Edge]) -> None:
    """Classifications of sectors, coefficients between them, cost shares of products; some unknown."""
    for n, node in enumerate(nodes):
        if isinstance(node, dict) and node["id"].startswith("sector:"):
            nodes[n] = node | {
                "classification": rng.choice(["k", "k", "l", None]),
                "code": rng.choice(["01", "02", None]),
            }
    for n, (edge_type, from_id, to_id, *rest) in enumerate(edges):
        own = dict(rest[0]) if rest else {}
        if edge_type == "SECTOR_INPUT_OF":
            own["coefficient"] = rng.choice([0.05, 0.2, 0.35, 0.0, 1.3, None])
        if edge_type == "INPUT_OF":
            own["cost_share"] = rng.choice([0.1, 0.4, 0.0, None, None, None])
        edges[n] = (edge_type, from_id, to_id, own)


def _add_levels(rng: Random, nodes: list[str | Item]) -> None:
    """Levels of places, in no order: a country may lie in a district."""
    for node in nodes:
        if isinstance(node, dict) and node["id"].startswith("place:"):
            node["level"] = rng.choice(["country", "province", "prefecture", "district"])


def _add_amounts(rng: Random, nodes: list[str | Item], edges: list[Edge]) -> None:
    """Outside shares, recovery times, cost shares, statuses of residents, and recorded sales of products."""
    for node in nodes:
        if isinstance(node, dict) and node["id"].startswith("enterprise:"):
            node["outside_cost_share"] = rng.choice([None, 0.2, 0.9])
            node["outside_revenue_share"] = rng.choice([None, 0.4, 0.7])
        if isinstance(node, dict) and node["id"].startswith("product:"):
            node["recovery_days"] = rng.choice([None, 0.0, 20.0, 150.0])
    for number, edge in enumerate(edges):
        if edge[0] == "INPUT_OF":
            edges[number] = (*edge[:3], {**edge[3], "cost_share": rng.choice([None, None, 0.1, 0.4])})  # type: ignore[misc]
        if edge[0] == "RESIDENT_OF":
            edges[number] = (*edge[:3], {"resident_status": rng.choice(["intends", "resident", "left"])})
    for number, edge in enumerate(edges):
        known = edge[3] if len(edge) > 3 else {}
        edges[number] = (*edge[:3], {**known, "confidence": rng.choice([None, 0.5, 0.9, 1.0])})
    ids = [str(node["id"]) for node in nodes if not isinstance(node, str)]
    enterprises = [i for i in ids if i.startswith("enterprise:")]
    products = [i for i in ids if i.startswith("product:")]
    for edge_type, a, b, *_ in _some(rng, "SUPPLIES", enterprises, enterprises, 4):
        said = {"product_id": rng.choice(products), "amount_10k_cny": rng.choice([None, 5.0, 80.0]),
                "share": rng.choice([None, 0.5])}  # fmt: skip
        edges.append((edge_type, a, b, said))


def _add_names(rng: Random, nodes: list[str | Item]) -> None:
    """Names of other letters: beyond the first plane, right to left, combined, of quotes, and two that look alike."""
    for number, node in enumerate(nodes):
        if isinstance(node, dict) and rng.random() < 0.3:
            name = f"{node['name_zh']}{rng.choice(_ODD_ENDS)}"
            nodes[number] = {**node, "name_zh": name, "search_text": f"|{name}{node['search_text']}"}


_ODD_ENDS = ["\U00020bb7", "\U0001f600", "ﬁ", "ｐ", "é", "e\u0301", "ي", "ß", "'\"\\", "$n {x}"]


def _node(rng: Random, node_id: str) -> dict[str, Any]:
    slug = node_id.split(":")[1]
    node: dict[str, Any] = {"id": node_id, "name_zh": f"名{slug}", "search_text": f"|名{slug}|{node_id}|m{slug}|"}
    if node_id.startswith("enterprise:"):
        node["short_name"] = rng.choice([None, f"简{slug}"])
    return node


def _some(
    rng: Random, edge_type: str, sources: list[str], targets: list[str], most: int, **choices: list[object]
) -> list[Edge]:
    if not sources or not targets:
        return []
    pairs = sorted({(rng.choice(sources), rng.choice(targets)) for _ in range(rng.randint(0, most))})
    return [(edge_type, a, b, {name: rng.choice(values) for name, values in choices.items()}) for a, b in pairs]
