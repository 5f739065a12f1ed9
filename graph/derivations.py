"""What a load derives of the graph it loads: closures, counts and the areas that questions are asked for.

The ontology declares it (`NodeType.derived`, `DERIVED_NODE_TYPES`, `DERIVED_EDGE_TYPES`); here it is worked out, once for
both engines, so that it is equal on both. It makes the texts of questions short: who can supply a product is one edge, who
is in a place another. It is rebuilt with each load and never read back: exports and comparisons do not have it. An edge that
somebody changes in Neo4j by hand leaves it as it was until the next load.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import DataError
from graph.ontology import DERIVED_EDGE_TYPES, DERIVED_NODE_TYPES, LOCATED, EdgeType, NodeType
from graph.reach import reach_counts
from graph.store import Batch, stored_schema
from graph.texts import Text
from graph.validity import InForce

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Pairs = tuple[IntArray, IntArray]

MOST_COUNTED = 1_000
"""Dependents are counted up to here: all of a large graph from each of its products would take a square of time."""
CORRIDOR, EVERYWHERE = "area:corridor", "area:everywhere"
"""The areas that stand for no place: the places of the corridor together, and everything, of known place or not."""
MUNICIPALITIES = ("place:110000", "place:120000", "place:310000", "place:500000")
"""Provinces that are a city themselves (直辖市)."""
HOME_NAMES = frozenset({"中国", "中华人民共和国", "china", "cn", "chn", "prc", "156"})
"""What the country of the codes of GB/T 2260 may be called, as a name, an alias or the key of its id; in lower case."""
HOME = "place:CHN"
"""The country of places with such a code where the graph has no node for it."""

_USED = {
    "Place": ("level", "in_corridor", "name_zh", "name_en", "aliases"),
    "Enterprise": ("registered_capital_10k_cny", "revenue_10k_cny", "employees", "control_country"),
    "Plant": ("progress",),
    "MAKES": ("share", "confidence", "share_market"),
    "OWNS": ("share", "is_controlling"),
    "INPUT_OF": ("input_class",),
}
"""The properties that something is derived from."""
_SIZES = _USED["Enterprise"][:3]
IDLE = ("building", "planned", "closed")
"""What is said of the progress of plants that make nothing."""
_MARKETS = ("china", "world", "corridor", None)
"""Of markets of which equally many shares of a product are known the first is taken."""
_LINKS = frozenset({
    ("MAKES", "Enterprise", "Product"), ("MAKES", "Plant", "Product"), ("OPERATES", "Enterprise", "Plant"),
    ("OWNS", "Enterprise", "Enterprise"), ("KIND_OF", "Product", "Product"), ("INPUT_OF", "Product", "Product"),
    ("NEEDS", "Product", "Technology"), ("MASTERS", "Enterprise", "Technology"), ("PART_OF", "Place", "Place"),
    *(("LOCATED_IN", label, "Place") for label in LOCATED if label != "Place"),
})  # fmt: skip
"""The edges that something is derived from, with the labels that they join."""
_LABELS = frozenset(label for _, *ends in _LINKS for label in ends)
_INPUTS = ("INPUT_OF", "Product", "Product")
_ROWS_AT_A_TIME = 1_000_000
"""Ends of edges that are held as texts until they are numbered, and edges that are handed out in one batch."""
_AREA, (_CAN_SUPPLY, _IN_AREA, _IS_KIND_OF) = DERIVED_NODE_TYPES[0], DERIVED_EDGE_TYPES


def with_derived(batches: Iterable[Batch], day: date | None = None) -> Iterator[Batch]:
    """The batches, of edges those in force on a day where one is given, with what is derived of them: more columns of nodes, then the derived nodes, then all edges.

    What is given is gone through twice, and has to be the same both times; an iterator, which can be gone through once
    only, is written to a temporary folder. Memory holds the ids of nodes, the ends of edges as numbers, and the few values
    that something is derived from. An edge whose ends are not there counts for nothing and is handed on: to refuse it is
    the store's part. Raises `DataError` where nodes come after edges.
    """
    with ExitStack() as stack:
        if isinstance(batches, Iterator):
            batches = _on_disk(batches, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="corridor-"))))
        batches = InForce(batches, day) if day else batches
        known = _read(batches)
        columns = _columns(known)
        given = iter(batches)
        edge = None
        done = dict.fromkeys(columns, 0)
        for batch in given:
            if batch.ends:
                edge = batch
                break
            yield _widened(batch, columns, done)
        yield from _areas(known)
        if edge:
            yield edge
        yield from given
        yield from _supply_edges(known)
        yield from _area_edges(known)
        yield from _kind_edges(known)


def _on_disk(batches: Iterable[Batch], folder: Path) -> "_OnDisk":
    """The batches, gone through and written to a folder."""
    written = []
    for number, batch in enumerate(batches):
        path = folder / f"{number}.arrow"
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(path, batch.table.schema, options=options) as file:
            file.write_table(batch.table)
        written.append((batch.kind, batch.ends, path))
    return _OnDisk(written)


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """Batches in files."""

    written: Sequence[tuple[NodeType | EdgeType, tuple[str, str] | None, Path]]

    def __iter__(self) -> Iterator[Batch]:
        for kind, ends, path in self.written:
            with pa.OSFile(str(path)) as file:
                yield Batch(kind, pa.ipc.open_file(file).read_all(), ends)


@dataclass(eq=False)
class _Known:
    """The graph as numbers: a node's number is its place among the ids of its label, sorted.

    `rows` has for each number the row in which the node was given; `edges` the numbers of the two ends of each edge,
    without those whose ends are not there; `values` the properties of `_USED`, of nodes by label in the order in which they
    were given, of edges by type and ends in that of `edges`.
    """

    ids: Mapping[str, pa.Array]
    rows: Mapping[str, IntArray]
    edges: Mapping[tuple[str, str, str], Pairs]
    values: Mapping[str | tuple[str, str, str], pa.Table]
    group: IntArray = field(init=False)  # the enterprise that controls each in the end
    supply: "_Supply" = field(init=False)  # of enterprises
    at_plants: "_Supply" = field(init=False)
    areas: "_Areas" = field(init=False)

    def __post_init__(self) -> None:
        self.group = _groups(self)
        self.supply, self.at_plants = _sited(self, _can_supply(self, "Enterprise"), _can_supply(self, "Plant"))
        self.areas = _in_areas(self)

    def size(self, label: str) -> int:
        """How many nodes a label has."""
        return len(self.ids.get(label, ()))

    def pairs(self, edge_type: str, start: str, end: str) -> Pairs:
        """The ends of the edges of a type between two labels, itself apart where the labels are one."""
        tail, head = self.edges.get((edge_type, start, end), (_none(), _none()))
        keep = tail != head if start == end else np.ones(len(tail), np.bool_)
        return tail[keep], head[keep]


def _none() -> IntArray:
    return np.zeros(0, np.int64)


def _read(batches: Iterable[Batch]) -> _Known:
    ids: dict[str, list[pa.ChunkedArray]] = {}
    values: dict[str | tuple[str, str, str], list[pa.Table]] = {}
    given = iter(batches)
    first = None
    for batch in given:
        if batch.ends:
            first = batch
            break
        if batch.name in _LABELS:
            ids.setdefault(batch.name, []).append(_texts_of(batch, "id"))
        if batch.name in _USED:
            values.setdefault(batch.name, []).append(batch.table.select(_USED[batch.name]))
    joined = {label: pa.chunked_array([c for column in columns for c in column.chunks], pa.string())
              for label, columns in ids.items()}  # fmt: skip
    rows = {label: np.asarray(pc.sort_indices(column)).astype(np.int64) for label, column in joined.items()}
    numbered = {label: column.take(rows[label]).combine_chunks() for label, column in joined.items()}
    edges = _Edges(numbered)
    if first:
        edges.add(first)
    for batch in given:
        if batch.ends is None:
            raise DataError(Text("errors.edges_first", name=batch.name))
        edges.add(batch)
    edges.number()
    tables = {name: pa.concat_tables(parts) for name, parts in (values | edges.values).items()}
    pairs = {link: (np.concatenate(tails), np.concatenate(heads)) for link, (tails, heads) in edges.pairs.items()}
    return _Known(numbered, rows, pairs, tables)


class _Edges:
    """The ends of edges on their way to numbers: they wait as texts until there are many, as each time costs an index."""

    def __init__(self, ids: Mapping[str, pa.Array]) -> None:
        self._ids = ids
        self._waiting: dict[tuple[str, str, str], list[Batch]] = {}
        self._rows = 0
        self.pairs: dict[tuple[str, str, str], tuple[list[IntArray], list[IntArray]]] = {}
        self.values: dict[str | tuple[str, str, str], list[pa.Table]] = {}

    def add(self, batch: Batch) -> None:
        """Take the ends and the used values of a batch."""
        link = (batch.name, *(batch.ends or ("", "")))
        if link not in _LINKS:
            return
        columns = {"from_id": _texts_of(batch, "from_id"), "to_id": _texts_of(batch, "to_id")}
        columns |= {name: batch.table[name] for name in _USED.get(batch.name, ())}
        self._waiting.setdefault(link, []).append(Batch(batch.kind, pa.table(columns), batch.ends))
        self._rows += batch.table.num_rows
        if self._rows >= _ROWS_AT_A_TIME:
            self.number()

    def number(self) -> None:
        """Number the ends that wait."""
        for (name, start, end), batches in self._waiting.items():
            table = pa.concat_tables([batch.table for batch in batches])
            tail, head = self._numbers(start, table["from_id"]), self._numbers(end, table["to_id"])
            keep = (tail >= 0) & (head >= 0)
            tails, heads = self.pairs.setdefault((name, start, end), ([], []))
            tails.append(tail[keep])
            heads.append(head[keep])
            if name in _USED:
                values = table.select(_USED[name]).filter(pa.array(keep))
                self.values.setdefault((name, start, end), []).append(values.combine_chunks())
        self._waiting, self._rows = {}, 0

    def _numbers(self, label: str, given: pa.ChunkedArray) -> IntArray:
        if label not in self._ids:
            return np.full(len(given), -1, np.int64)
        return np.asarray(pc.fill_null(pc.index_in(given, value_set=self._ids[label]), -1)).astype(np.int64)


def _texts_of(batch: Batch, column: str) -> pa.ChunkedArray:
    """A column of ids as plain texts, however they are encoded."""
    return pc.cast(batch.table[column], pa.string())


# --- who can supply what -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Supply:
    """CAN_SUPPLY of enterprises or plants, in the order of these, product, steps; NaN where a number is not known.

    `maker` is the enterprise of a plant, −1 where none is on record.
    """

    source: IntArray
    product: IntArray
    steps: IntArray
    made: IntArray
    share: FloatArray
    confidence: FloatArray
    is_first: npt.NDArray[np.bool_]  # the first of its source and product
    maker: IntArray
    is_site: npt.NDArray[np.bool_]
    is_apart: npt.NDArray[np.bool_]  # a source of its own: of each site of the maker the share is known
    source_share: FloatArray

    def taken(self, at: IntArray, **other: npt.NDArray[np.generic]) -> "_Supply":
        """Some of its rows, with other values in some columns."""
        columns = {name.name: getattr(self, name.name)[at] for name in fields(self)}
        return _Supply(**columns | other)


def _can_supply(known: _Known, label: str) -> _Supply:
    link = ("MAKES", label, "Product")
    makes = known.edges.get(link, (_none(), _none()))
    share = _comparable_shares(known, link)
    confidence = _floats(known.values.get(link), "confidence", len(makes[0]))
    if label == "Plant":
        runs = ~_idle(known)[makes[0]]
        makes, share, confidence = (makes[0][runs], makes[1][runs]), share[runs], confidence[runs]
    origin, broader, steps = closure(known.pairs("KIND_OF", "Product", "Product"), np.unique(makes[1]))
    # Every MAKES edge meets each product that what it makes is a kind of.
    start = np.searchsorted(origin, np.arange(known.size("Product") + 1))
    count = start[makes[1] + 1] - start[makes[1]]
    edge = np.repeat(np.arange(len(makes[0])), count)
    at = start[makes[1][edge]] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    source, product, made = makes[0][edge], broader[at], makes[1][edge]
    # As ranks, which stay exact where much is added to them.
    known_, rank = np.unique(np.nan_to_num(confidence, nan=-1.0), return_inverse=True)
    surety = rank[edge]
    order = np.lexsort((made, -surety, steps[at], product, source))
    edge, at, source, product, made = edge[order], at[order], source[order], product[order], made[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (np.diff(source) != 0) | (np.diff(product) != 0)
    # Of the longer ways those stay that are surer than every shorter one.
    surety = surety[order] + len(known_) * np.cumsum(is_first)
    is_surer = np.ones(len(order), np.bool_)
    is_surer[1:] = surety[1:] > np.maximum.accumulate(surety)[:-1]
    keep = is_first | is_surer
    edge, at = edge[keep], at[keep]
    own = np.where(steps[at] == 0, share[edge], np.nan)
    yes = np.ones(len(edge), np.bool_)
    return _Supply(
        source[keep], product[keep], steps[at], made[keep], own, confidence[edge], is_first[keep], source[keep], yes, yes, own
    )  # fmt: skip


def _idle(known: _Known) -> npt.NDArray[np.bool_]:
    """Whether each plant is known not to make anything: it is planned, being built or closed."""
    if "Plant" not in known.values:
        return np.zeros(known.size("Plant"), np.bool_)
    idle = pc.is_in(known.values["Plant"]["progress"], value_set=pa.array(IDLE))
    return np.asarray(idle).astype(np.bool_)[known.rows["Plant"]]


def _comparable_shares(known: _Known, link: tuple[str, str, str]) -> FloatArray:
    """The share of each MAKES edge, not known where it is of another market than most known shares of the product are."""
    both = [one for one in (("MAKES", "Enterprise", "Product"), ("MAKES", "Plant", "Product")) if one in known.edges]
    product = np.concatenate([known.edges[one][1] for one in both]) if both else _none()
    share = np.concatenate(
        [np.zeros(0), *(_floats(known.values.get(one), "share", len(known.edges[one][0])) for one in both)]
    )
    named = [name for one in both for name in known.values[one]["share_market"].to_pylist()]
    market = np.array([_MARKETS.index(name) for name in named], np.int64)
    runs = [~_idle(known)[known.edges[one][0]] if one[1] == "Plant" else np.ones(len(known.edges[one][0]), np.bool_)
            for one in both]  # fmt: skip
    is_known = ~np.isnan(share) & np.concatenate([np.zeros(0, np.bool_), *runs])
    counts = np.zeros((known.size("Product"), len(_MARKETS)), np.int64)
    np.add.at(counts, (product[is_known], market[is_known]), 1)
    chosen = np.where(market == counts.argmax(axis=1)[product] if len(product) else is_known, share, np.nan)
    start = 0
    for one in both:
        size = len(known.edges[one][0])
        if one == link:
            return np.asarray(chosen[start : start + size], np.float64)
        start += size
    return np.zeros(0)


def _sited(known: _Known, of_enterprises: _Supply, of_plants: _Supply) -> tuple[_Supply, _Supply]:
    """The supply of enterprises, which is no site where plants of theirs make the product, and that of plants by operator."""
    operator, plant = _apart(*known.edges.get(("OPERATES", "Enterprise", "Plant"), (_none(), _none())))
    row, maker = _joined(np.arange(len(of_plants.source)), of_plants.source, plant, operator)
    alone = np.setdiff1d(np.arange(len(of_plants.source)), row)
    row, maker = np.append(row, alone), np.append(maker, np.full(len(alone), -1))
    size, every = known.size("Product"), max(known.size("Plant"), 1)
    owned = maker * size + of_plants.product[row]
    site = owned * every + of_plants.source[row]
    key, plants = np.unique(np.unique(site) // every, return_counts=True)
    pair = of_enterprises.source * size + of_enterprises.product
    # A plant without a share of its own has that of its operator, if the operator makes the product nowhere else.
    inherited = _looked_up(owned, pair[of_enterprises.is_first], of_enterprises.share[of_enterprises.is_first])
    is_only = np.isin(owned, key[plants == 1]) & (of_plants.steps[row] == 0)
    share = np.where(np.isnan(of_plants.share[row]) & is_only, inherited, of_plants.share[row])
    # Where the share of one of its sites is not known, the maker is one source, whose own share is that of all of them.
    is_apart = (maker < 0) | ~np.isin(owned, np.setdiff1d(site, site[~np.isnan(share)]) // every)
    everywhere = np.arange(len(pair))
    return of_enterprises.taken(everywhere, is_site=~np.isin(pair, key)), of_plants.taken(
        row, maker=maker, share=share, is_apart=is_apart, source_share=np.where(is_apart, share, inherited)
    )


def _looked_up(asked: IntArray, keys: IntArray, values: FloatArray) -> FloatArray:
    """The value of each key that is asked, of keys in order; NaN where it is not among them."""
    if not len(keys):
        return np.full(len(asked), np.nan)
    at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[at] == asked, values[at], np.nan)


def _groups(known: _Known) -> IntArray:
    """The enterprise that controls each in the end; of several holdings that control, or are over half, the largest counts.

    Of a circle of owners the first by id stands for all that lead into it.
    """
    size, link = known.size("Enterprise"), ("OWNS", "Enterprise", "Enterprise")
    owner, owned = known.edges.get(link, (_none(), _none()))
    share = np.nan_to_num(_floats(known.values.get(link), "share", len(owner)))
    told = _floats(known.values.get(link), "is_controlling", len(owner))
    controls = (owner != owned) & ((told == 1) | (np.isnan(told) & (share > 0.5)))
    order = np.lexsort((-owner, share, told == 1))
    order = order[controls[order]]
    parent = np.arange(size)
    parent[owned[order]] = owner[order]
    # Twice as far each time: in the end on top, or once round a circle, of which the first is known by then.
    first = np.arange(size)
    for _ in range(size.bit_length()):
        first, parent = np.minimum(first, first[parent]), parent[parent]
    return first[parent]


def closure(pairs: Pairs, origins: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Each origin with itself and every node that edges lead to from it, and the fewest steps there, by origin and node.

    >>> [a.tolist() for a in closure((np.array([0, 1]), np.array([1, 2])), np.array([0, 2]))]
    [[0, 0, 0, 2], [0, 1, 2, 2], [0, 1, 2, 0]]
    """
    tail, head = pairs
    order = np.argsort(tail, kind="stable")
    tail, head = tail[order], head[order]
    size = int(max(tail.max(initial=0), head.max(initial=0), origins.max(initial=0))) + 1
    start = np.searchsorted(tail, np.arange(size + 1))
    seen = frontier = origins * size + origins
    reached, steps = [seen], [np.zeros(len(seen), np.int64)]
    while len(frontier):
        origin, here = frontier // size, frontier % size
        count = start[here + 1] - start[here]
        at = np.repeat(start[here] - (np.cumsum(count) - count), count) + np.arange(count.sum())
        frontier = np.setdiff1d(np.repeat(origin, count) * size + head[at], seen)
        seen = np.union1d(seen, frontier)
        reached.append(frontier)
        steps.append(np.full(len(frontier), len(steps)))
    key = np.concatenate(reached)
    order = np.argsort(key, kind="stable")
    return key[order] // size, key[order] % size, np.concatenate(steps)[order]


def _supply_edges(known: _Known) -> Iterator[Batch]:
    country = _countries(known)
    for label, supply in (("Enterprise", known.supply), ("Plant", known.at_plants)):
        for here in _parts(len(supply.product)):
            yield _supply_batch(known, label, supply.taken(np.arange(len(supply.product))[here]), country)


def _supply_batch(known: _Known, label: str, supply: _Supply, country: pa.Array) -> Batch:
    products, enterprises = (known.ids.get(name, pa.array([], pa.string())) for name in ("Product", "Enterprise"))
    sources, supplied = known.ids[label].take(pa.array(supply.source)), products.take(pa.array(supply.product))
    made = products.take(pa.array(supply.made, mask=supply.steps == 0))
    is_known = supply.maker >= 0
    maker = pc.coalesce(_texts(enterprises, supply.maker), sources)
    group = np.where(is_known, known.group[supply.maker] if len(known.group) else -1, -1)
    way = pc.if_else(pa.array(supply.is_first), "", pc.binary_join_element_wise("|", pc.fill_null(made, ""), ""))
    operated = "" if label == "Enterprise" else pc.binary_join_element_wise("|", maker, "")
    ids = pc.binary_join_element_wise("CAN_SUPPLY|", sources, "|", supplied, way, operated, "")
    return _batch(_CAN_SUPPLY, (label, "Product"), {
        "from_id": sources, "to_id": supplied, "id": ids, "steps": pa.array(supply.steps), "made_id": made,
        "share": _numbers_or_null(supply.share), "confidence": _numbers_or_null(supply.confidence),
        "is_site": pa.array(supply.is_site), "maker_id": maker,
        "source_id": pc.if_else(pa.array(supply.is_apart), sources, maker),
        "source_share": _numbers_or_null(supply.source_share),
        "group_id": pc.coalesce(_texts(enterprises, group), maker),
        "control_country": country.take(pa.array(supply.maker, mask=~is_known)),
    })  # fmt: skip


def _countries(known: _Known) -> pa.Array:
    """The country of control of each enterprise, of its group where its own is not known."""
    if "Enterprise" not in known.values:
        return pa.array([], pa.string())
    given = known.values["Enterprise"]["control_country"].combine_chunks()
    own = pc.cast(given, pa.string()).take(pa.array(known.rows["Enterprise"]))
    return pc.coalesce(own, own.take(pa.array(known.group)))


def _parts(size: int) -> Iterator[slice]:
    """Rows as many at a time as a batch shall hold: their texts together may be no larger than 2 GiB."""
    return (slice(start, start + _ROWS_AT_A_TIME) for start in range(0, size, _ROWS_AT_A_TIME))


# --- who is where ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Areas:
    """IN_AREA of each label: numbers of its nodes and of areas, these as places, then the corridor, then everywhere."""

    corridor: int
    inside: Mapping[str, Pairs]


def _in_areas(known: _Known) -> _Areas:
    places = known.size("Place")
    origin, wider, _ = closure(known.pairs("PART_OF", "Place", "Place"), np.arange(places))
    of_corridor = _is_true(known, "Place", "in_corridor")
    keep = np.flatnonzero(of_corridor[wider])
    origin, area = np.append(origin, origin[keep]), np.append(wider, np.full(len(keep), places))
    inside = {}
    for label in LOCATED:
        node, place = known.edges.get(("LOCATED_IN", label, "Place"), (_none(), _none()))
        if label == "Place":
            node = place = np.arange(places)
        reached, reaching = _joined(node, place, origin, area)
        everyone = np.arange(known.size(label))
        pairs = np.unique(
            np.append(reached, everyone) * (places + 2) + np.append(reaching, np.full(len(everyone), places + 1))
        )
        inside[label] = pairs // (places + 2), pairs % (places + 2)
    return _Areas(places, inside)


def _joined(left: IntArray, key: IntArray, right_key: IntArray, right: IntArray) -> Pairs:
    """Each left with every right of equal key."""
    order = np.argsort(right_key, kind="stable")
    low, high = (np.searchsorted(right_key[order], key, side) for side in ("left", "right"))
    count = high - low
    at = np.repeat(low - (np.cumsum(count) - count), count) + np.arange(count.sum())
    return np.repeat(left, count), right[order][at]


def _area_ids(known: _Known) -> pa.Array:
    keys = pc.replace_substring_regex(known.ids.get("Place", pa.array([], pa.string())), "^place:", "area:")
    return pa.concat_arrays([keys, pa.array([CORRIDOR, EVERYWHERE])])


def _areas(known: _Known) -> Iterator[Batch]:
    ids = _area_ids(known)
    supplies = np.bincount(_supplied_in(known), minlength=len(ids)).astype(np.int64)
    places = known.ids.get("Place", pa.array([], pa.string()))
    yield _batch(_AREA, None, {
        "id": ids, "place_id": pa.concat_arrays([places, pa.nulls(2, pa.string())]), "supplies": pa.array(supplies),
    })  # fmt: skip


def _supplied_in(known: _Known) -> IntArray:
    """The area of each pair of a maker and a product that is made there, each pair once in an area."""
    supply, (enterprise, area) = known.supply, known.areas.inside["Enterprise"]
    at = supply.is_first & supply.is_site
    each = np.bincount(supply.source[at], minlength=known.size("Enterprise"))
    plants, size = known.at_plants, known.size("Product")
    row, there = _joined(np.arange(len(plants.source)), plants.source, *known.areas.inside["Plant"])
    maker = np.where(plants.maker < 0, known.size("Enterprise") + plants.source, plants.maker)[row]
    pairs = np.unique(np.column_stack((maker * size + plants.product[row], there)), axis=0)
    return np.append(np.repeat(area, each[enterprise]), pairs[:, 1].astype(np.int64))


def _area_edges(known: _Known) -> Iterator[Batch]:
    ids = _area_ids(known)
    for label, (node, area) in known.areas.inside.items():
        for here in _parts(len(node)):
            starts, areas = known.ids[label].take(pa.array(node[here])), ids.take(pa.array(area[here]))
            edge = pc.binary_join_element_wise("IN_AREA", starts, areas, "|")
            yield _batch(_IN_AREA, (label, "Area"), {"from_id": starts, "to_id": areas, "id": edge})


def _kind_edges(known: _Known) -> Iterator[Batch]:
    narrower, broader, steps = closure(
        known.pairs("KIND_OF", "Product", "Product"), np.unique(known.pairs("KIND_OF", "Product", "Product")[0])
    )
    keep = narrower != broader
    if keep.any():
        ids = known.ids["Product"]
        tails, heads = ids.take(pa.array(narrower[keep])), ids.take(pa.array(broader[keep]))
        edge = pc.binary_join_element_wise("IS_KIND_OF", tails, heads, "|")
        columns = {"from_id": tails, "to_id": heads, "id": edge, "steps": pa.array(steps[keep])}
        yield _batch(_IS_KIND_OF, ("Product", "Product"), columns)


# --- counts of single nodes --------------------------------------------------------------------------------------------


def _columns(known: _Known) -> Mapping[str, Mapping[str, pa.Array]]:
    """The derived columns of each label, row for row as its nodes were given."""
    found = {
        "Product": _of_products,
        "Technology": _of_technologies,
        "Place": _of_places,
        "Enterprise": _of_enterprises,
    }
    numbers = {label: pa.array(np.argsort(rows)) for label, rows in known.rows.items()}
    return {
        label: {name: values.take(numbers[label]) for name, values in columns(known).items()}
        for label, columns in found.items()
        if label in known.ids
    }


def _of_products(known: _Known) -> Mapping[str, pa.Array]:
    size, supply = known.size("Product"), known.supply
    tail, head = known.pairs("INPUT_OF", "Product", "Product")
    downstream = reach_counts(size, tail, head, MOST_COUNTED)
    essential = _essential(known)
    # Of each product by itself: a rank among all would change with every edge anywhere.
    priority = np.where(essential == 1, 0, MOST_COUNTED + 1) + MOST_COUNTED - downstream
    return {
        "makers": _counted(_makers(known), size),
        "direct_makers": _counted(supply.product[supply.is_first & (supply.steps == 0)], size),
        "unplaced_makers": _counted(_makers(known, only_unplaced=True), size),
        "inputs": _counted(_apart(tail, head)[1], size),
        "needed_by": _counted(_apart(tail, head)[0], size),
        "downstream": pa.array(downstream),
        "is_essential": pa.array(essential == 1, mask=essential < 0),
        "priority": pa.array(priority),
    }


def _makers(known: _Known, *, only_unplaced: bool = False) -> IntArray:
    """The product of each of its makers; where only those are wanted whose place is not known, of a site of which it is not."""
    found = []
    size = known.size("Product")
    for label, supply in (("Enterprise", known.supply), ("Plant", known.at_plants)):
        placed = np.zeros(known.size(label), np.bool_)
        placed[known.edges.get(("LOCATED_IN", label, "Place"), (_none(),))[0]] = True
        at = supply.is_site & ~placed[supply.source] if only_unplaced else np.ones(len(supply.source), np.bool_)
        maker = np.where(supply.maker < 0, known.size("Enterprise") + supply.source, supply.maker)
        found.append(maker[at] * size + supply.product[at])
    return np.unique(np.concatenate(found)) % max(size, 1)


def _essential(known: _Known) -> IntArray:
    """1 where some product needs it as an essential input, 0 where classes are known and none is, −1 where none is known."""
    found = np.full(known.size("Product"), -1, np.int64)
    tail, head = known.edges.get(_INPUTS, (_none(), _none()))
    class_ = _floats(known.values.get(_INPUTS), "input_class", len(tail))
    is_told = ~np.isnan(class_) & (tail != head)
    found[tail[is_told]] = 0
    found[tail[is_told & (class_ == 2)]] = 1
    return found


def _of_technologies(known: _Known) -> Mapping[str, pa.Array]:
    size, products = known.size("Technology"), known.size("Product")
    tail, head = known.pairs("INPUT_OF", "Product", "Product")
    product, technology = _apart(*known.edges.get(("NEEDS", "Product", "Technology"), (_none(), _none())))
    masters = _apart(*known.edges.get(("MASTERS", "Enterprise", "Technology"), (_none(), _none())))
    uses = np.append(tail, products + technology), np.append(head, product)
    return {
        "masters": _counted(masters[1], size),
        "needed_by": _counted(technology, size),
        "dependents": pa.array(reach_counts(products + size, *uses, MOST_COUNTED)[products:]),
    }


def _of_enterprises(known: _Known) -> Mapping[str, pa.Array]:
    table = known.values["Enterprise"]
    total, count = np.zeros(len(table)), np.zeros(len(table))
    for name in _SIZES:
        value = _floats(table, name, len(table))
        is_known = ~np.isnan(value)
        ranked = np.sort(value[is_known])
        total[is_known] += np.searchsorted(ranked, value[is_known], "right") / max(len(ranked), 1)
        count += is_known
    scale = np.divide(total, count, out=np.full(len(table), np.nan), where=count > 0)
    return {
        "scale": _numbers_or_null(scale[known.rows["Enterprise"]]),
        "group_id": known.ids["Enterprise"].take(pa.array(known.group)),
    }


def _of_places(known: _Known) -> Mapping[str, pa.Array]:
    ids, size = known.ids["Place"], known.size("Place")
    table = known.values["Place"].take(pa.array(known.rows["Place"]))
    level = np.array(table["level"].to_pylist(), dtype=object)
    # Of several wider places the last by id; who is in which area (`_in_areas`) goes by all of them.
    parent = np.full(size, -1, np.int64)
    inner, outer = known.pairs("PART_OF", "Place", "Place")
    order = np.lexsort((outer, inner))
    parent[inner[order]] = outer[order]
    is_city = (level == "prefecture") | np.asarray(pc.is_in(ids, value_set=pa.array(MUNICIPALITIES)))
    city = _nearest_above(parent, is_city)
    city = np.where((city < 0) & (level == "district"), np.arange(size), city)
    country = _texts(ids, _nearest_above(parent, level == "country"))
    has_code = pc.match_substring_regex(ids, r"^place:\d{6}$")
    return {
        "city_id": _texts(ids, city),
        "province_id": _texts(ids, _nearest_above(parent, level == "province")),
        "country_id": pc.if_else(pc.and_(pc.is_null(country), has_code), pa.scalar(_home(ids, table)), country),
    }


def _home(ids: pa.Array, places: pa.Table) -> str:
    """The id of the node of the home country, by whatever it is called; `HOME` where there is none."""
    columns = (places[name].to_pylist() for name in ("level", "name_zh", "name_en", "aliases"))
    for place_id, level, zh, en, aliases in zip(ids.to_pylist(), *columns, strict=True):
        names = {str(name).lower() for name in (place_id.partition(":")[2], zh, en, *(aliases or ()))}
        if level in ("country", None) and names & HOME_NAMES:
            return str(place_id)
    return HOME


def _nearest_above(parent: IntArray, is_wanted: npt.NDArray[np.bool_]) -> IntArray:
    """The nearest wanted place that each is or lies in, −1 where there is none; a circle of places ends the search.

    >>> _nearest_above(np.array([1, 2, 1, -1]), np.array([False, False, True, False])).tolist()
    [2, 2, 2, -1]
    """
    size = len(parent)
    found = np.append(np.where(is_wanted, np.arange(size), -1), -1)
    above = np.append(parent, -1)
    # Each round looks twice as far up as the one before; the last entry, at −1, is where all ends.
    for _ in range(size.bit_length()):
        found = np.where(found < 0, found[above], found)
        above = above[above]
    return found[:size]


# --- columns -----------------------------------------------------------------------------------------------------------


def _widened(batch: Batch, columns: Mapping[str, Mapping[str, pa.Array]], done: dict[str, int]) -> Batch:
    """The batch with the derived columns of its type, of which `done` rows were handed out before."""
    if batch.name not in columns:
        return batch
    table, start = batch.table, done[batch.name]
    done[batch.name] += table.num_rows
    for name, values in columns[batch.name].items():
        table = table.append_column(name, values.slice(start, table.num_rows))
    return Batch(batch.kind, table.cast(stored_schema(batch.kind)))


def _batch(kind: NodeType | EdgeType, ends: tuple[str, str] | None, columns: Mapping[str, pa.Array]) -> Batch:
    return Batch(kind, pa.table(dict(columns)).cast(stored_schema(kind)), ends)


def _apart(tail: IntArray, head: IntArray) -> Pairs:
    """Pairs of nodes, each once however many edges join them."""
    size = int(head.max(initial=0)) + 1
    pairs = np.unique(tail * size + head)
    return pairs // size, pairs % size


def _counted(numbers: IntArray, size: int) -> pa.Array:
    return pa.array(np.bincount(numbers, minlength=size))


def _floats(table: pa.Table | None, name: str, size: int) -> FloatArray:
    if table is None:
        return np.full(size, np.nan)
    return np.asarray(pc.fill_null(pc.cast(table[name], pa.float64(), safe=False), np.nan)).astype(np.float64)


def _numbers_or_null(values: FloatArray) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _texts(ids: pa.Array, numbers: IntArray) -> pa.Array:
    return ids.take(pa.array(numbers, mask=numbers < 0))


def _is_true(known: _Known, label: str, name: str) -> npt.NDArray[np.bool_]:
    if label not in known.values:
        return np.zeros(0, np.bool_)
    return np.asarray(pc.fill_null(known.values[label][name], False)).astype(np.bool_)[known.rows[label]]
