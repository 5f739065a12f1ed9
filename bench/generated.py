"""Graphs of any size in the shape of a real one, column by column: firms in places, what they make and sell."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.store import Batch, arrow_schema
from ingest.places.gazetteer import gazetteer

_AS_OF = date(2020, 9, 30)
_Columns = dict[str, pa.Array]


def generated(nodes: int, edges: int, version: int = 0, seed: int = 1) -> list[Batch]:
    """About this many nodes and edges; equal for equal arguments. Another version has other values in every row.

    Of the nodes 60 % are enterprises, the rest products, and 300 are places, in which the firms stand: hubs.
    """
    draw = np.random.default_rng(seed)
    firms, places = nodes * 6 // 10, 300
    products = nodes - firms - places
    sizes = {"Enterprise": firms, "Product": products, "Place": places}
    located = min(firms, edges * 35 // 100)
    made, sold = edges * 35 // 100, edges * 18 // 100
    needed = edges - located - made - sold
    ends = {
        "LOCATED_IN": (np.arange(located), draw.zipf(1.5, located) % places),
        "MAKES": _pairs(draw, firms, products, made),
        "SUPPLIES": _pairs(draw, firms, firms, sold),
        "INPUT_OF": _pairs(draw, products, products, needed),
    }
    labels = {
        "LOCATED_IN": ("Enterprise", "Place"),
        "MAKES": ("Enterprise", "Product"),
        "SUPPLIES": ("Enterprise", "Enterprise"),
        "INPUT_OF": ("Product", "Product"),
    }
    batches = [_nodes(label, sizes[label], version) for label in ("Place", "Enterprise", "Product")]
    return batches + [_edges(name, labels[name], *ends[name], version) for name in labels]


def enterprises_in_places(enterprises: int, makes: int, seed: int = 1) -> list[Batch]:
    """Enterprises in the districts of GB/T 2260, each of which lies in its city and province, and what they make.

    Products are a fifth of the enterprises, nine of ten a kind of another and these of a third; each goes into five others.
    """
    draw = np.random.default_rng(seed)
    products = max(enterprises // 5, 1_000)
    divisions = {d.code: d for d in gazetteer().divisions if d.until is None}
    codes = list(divisions)
    at = {code: number for number, code in enumerate(codes)}
    within = np.array([[at[d.code], at[d.parent]] for d in divisions.values() if d.parent is not None])
    places = pa.array([f"place:{code}" for code in codes])
    districts = np.flatnonzero([d.level == "district" for d in divisions.values()])
    number = np.arange(products)
    narrower = number[(number % 10 > 0) | (number % 100 > 0)]
    broader = np.where(narrower % 10 > 0, narrower - narrower % 10, narrower - narrower % 100)
    columns: _Columns = {
        "id": places,
        "name_zh": pa.array([d.name for d in divisions.values()]),
        "level": pa.array([d.level for d in divisions.values()]),
        "in_corridor": pa.array(
            [code in ("310117", "330400", "330100", "330700", "320500", "330500") for code in codes]
        ),
        "source_ids": _sources(len(codes)),
        "as_of": _repeated(_AS_OF, len(codes), pa.date32()),
    }
    made = _pairs(draw, enterprises, products, makes)
    located = districts[draw.zipf(1.2, enterprises) % len(districts)]
    edges = [
        _edges("LOCATED_IN", ("Enterprise", "Place"), np.arange(enterprises), located, 0, places),
        _edges("PART_OF", ("Place", "Place"), within[:, 0], within[:, 1], 0, places),
        _edges("MAKES", ("Enterprise", "Product"), *made, 0),
        _edges("INPUT_OF", ("Product", "Product"), *_pairs(draw, products, products, products * 5), 0),
        _edges("KIND_OF", ("Product", "Product"), narrower, broader, 0),
    ]
    nodes = [_nodes("Enterprise", enterprises, 0), _nodes("Product", products, 0)]
    return [Batch(NODE_TYPE["Place"], _table("Place", columns, len(codes))), *nodes, *edges]


def _pairs(draw: np.random.Generator, sources: int, targets: int, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """Different pairs; as many as wanted, or a little fewer where two of the drawn were equal."""
    drawn = np.unique(draw.integers(0, sources, wanted) * np.int64(targets) + draw.integers(0, targets, wanted))
    return drawn // targets, drawn % targets


def _nodes(label: str, size: int, version: int) -> Batch:
    kind = NODE_TYPE[label]
    number = np.arange(size)
    digits = _text(number)
    name = _joined(f"{kind.zh}甲乙丙丁第", digits, f"号股份有限公司{version}")
    columns: _Columns = {
        "id": _joined(f"{kind.prefix}:", digits, ""),
        "name_zh": name,
        "name_en": _joined(f"{kind.en} number ", digits, " Co., Ltd."),
        "aliases": pa.ListArray.from_arrays(np.arange(size + 1, dtype=np.int32), _joined("别名", digits, "")),
        "search_text": _joined("|", name, "|qiye jia yi bing ding|qyjybd|"),
        "source_ids": _sources(size),
        "as_of": _repeated(_AS_OF, size, pa.date32()),
        "level": _repeated("district", size),
        "latitude": pa.array(number * 0.01 % 90),
        "longitude": pa.array(number * 0.01 % 180),
        "short_name": _joined("甲", digits, ""),
        "stock_code": _joined("", digits, ".SH"),
        "is_listed": pa.array(number % 3 == 0),
        "listed_on": pa.array(number % 9000, pa.int32()).cast(pa.date32()),
        "address": _joined("上海市松江区某某路", digits, "号某某大厦"),
        "registered_capital_10k_cny": pa.array(number * 1.5 + version),
        "employees": pa.array(number % 5000),
        "hs_code": _joined("", digits, ""),
        "recovery_days": pa.array(number % 400 + 0.5 + version),
    }
    return Batch(kind, _table(label, columns, size))


def _edges(
    name: str,
    labels: tuple[str, str],
    source: np.ndarray,
    target: np.ndarray,
    version: int,
    places: pa.Array | None = None,
) -> Batch:
    size = len(source)
    from_id, to_id = (
        places.take(pa.array(numbers))
        if places is not None and label == "Place"
        else _joined(f"{NODE_TYPE[label].prefix}:", _text(numbers), "")
        for label, numbers in zip(labels, (source, target), strict=True)
    )
    number = np.arange(size)
    columns: _Columns = {
        "from_id": from_id,
        "to_id": to_id,
        "id": pc.binary_join_element_wise(_repeated(name, size), from_id, to_id, "|"),
        "source_ids": _sources(size),
        "as_of": _repeated(_AS_OF, size, pa.date32()),
        "status": _repeated("inferred", size),
        "confidence": pa.array(number % 100 / 100),
        "evidence": _joined("年报第", _text(number % 300), f"页披露{version}"),
        "share": pa.array(number % 97 / 97),
        "rank": pa.array(number % 9 + 1),
        "amount_10k_cny": pa.array(number * 0.25),
        "input_class": pa.array(number % 3),
    }
    return Batch(EDGE_TYPE[name], _table(name, columns, size), labels)


def _table(name: str, columns: _Columns, size: int) -> pa.Table:
    schema = arrow_schema(NODE_TYPE[name] if name in NODE_TYPE else EDGE_TYPE[name])
    return pa.table([columns.get(field.name, pa.nulls(size, field.type)) for field in schema], schema=schema)


def _text(numbers: np.ndarray) -> pa.Array:
    return pa.array(numbers, pa.int64()).cast(pa.string())


def _joined(before: str, middle: pa.Array, after: str) -> pa.Array:
    return pc.binary_join_element_wise(before, middle, after, "")


def _repeated(value: object, size: int, type_: pa.DataType | None = None) -> pa.Array:
    return pa.repeat(pa.scalar(value, type_ or pa.string()), size)


def _sources(size: int) -> pa.Array:
    return pa.ListArray.from_arrays(np.arange(size + 1, dtype=np.int32), _repeated("source:annual-reports-2020", size))
