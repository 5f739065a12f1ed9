"""Values and ids out of the columns of a table, as a mapping says; still text, whole columns at a time."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import MappingError
from graph.ontology import NODE_TYPE, Property, ValueType
from graph.texts import Text
from ingest.codes import codes_elsewhere, stock_codes, usccs, with_zeros
from ingest.columns import extracted, first_known, items_in, list_of, mapped, without_noise
from ingest.mapping.mapping import Cells, Identity, Lookup, PlaceColumns, Rank, Value, columns_of
from ingest.mapping.surroundings import Surroundings, unquoted
from ingest.places.places import NOTHING, placed, places_in
from ingest.readers.read import RawTable, RowProblem
from ingest.resolution.references import REFERENCE
from ingest.validate import converted, without_blanks

IndexArray = np.ndarray[tuple[int], np.dtype[np.int64]]
LookupTable = Callable[[Lookup], Mapping[str, str]]
"""What a lookup's `key` values stand for."""

RECORD = "r-"
"""Starts the slug of a record that has no key of its own: it is a row of one table, and means no other."""

UNPLACED = "!"
"""Starts the reason why something could not be placed, where its place should stand."""

_RANKED = Property("by", ValueType.NUMBER, "名次", "rank")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")
_MAX_ID = 200
_BASE_32 = [a + b for a, b in product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)]
_ID = r"^[a-z]+:[A-Za-z0-9][A-Za-z0-9._-]*$"


def same_heading(name: str, headings: Sequence[str]) -> str:
    """The heading that a mapping means: itself, or one that differs in white space alone (省    份); `name` if none does."""
    bare = "".join(name.split())
    return name if name in headings else next((h for h in headings if "".join(h.split()) == bare), name)


@dataclass(slots=True)
class Columns:
    """The columns of a part of a table, as a mapping's values ask for them.

    `counted` gathers what was done to cells, `scope` is what the records of no other dataset share. Raises `MappingError`
    for a column that is not there.
    """

    raw: RawTable
    lookup: LookupTable
    derived: Mapping[str, Value] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    around: Surroundings = field(default_factory=Surroundings)
    scope: str = ""

    def __len__(self) -> int:
        return int(self.raw.columns.num_rows)

    def column(self, name: str) -> pa.Array:
        """A column as one array, `string` or `list<string>`."""
        if name in self.derived:
            return self.texts(self.derived[name], several=True)
        names = self.raw.columns.column_names
        name = same_heading(name, names)
        if name not in names:
            near = get_close_matches(name, names, n=1, cutoff=0.5)
            hint = Text("ingest.no_column.near", near=near[0]) if near else ""
            raise MappingError(Text("ingest.no_column", table=self.raw.name, column=name, columns=names, hint=hint))
        return pa.concat_arrays(self.raw.columns.column(name).chunks or [pa.array([], pa.string())])

    def one(self, name: str) -> pa.Array:
        """A column as single texts; of a list the first."""
        return self._first(self.column(name))

    def known(self, name: str) -> pa.Array:
        """A column as single texts, null where they stand for "not known"."""
        return unquoted(self.raw.name, without_blanks(self.one(name))[0])

    def _first(self, column: pa.Array) -> pa.Array:
        """The first text of each list that is known; a column of single texts as it is."""
        if not pa.types.is_list(column.type):
            return column
        first = first_known(column)
        known = pc.list_flatten(column).drop_null()
        self.counted["first-of-list"] += len(known) - len(first) + first.null_count
        return first

    def only(self, rows: pa.Array) -> "Columns":
        """The columns with some of the rows (a mask); what is counted is counted together."""
        part = replace(self.raw, columns=self.raw.columns.filter(rows), rows=self.raw.rows.filter(rows))
        return replace(self, raw=part)

    def faults(self, value: Value | Identity) -> dict[int, RowProblem]:
        """The cells a value needs that cannot be read, by the index of their row; of several in a row the first."""
        names = columns_of(value)
        names = names.union(*(columns_of(self.derived[name]) for name in names if name in self.derived))
        found = {fault.row: fault for fault in reversed(self.raw.faults) if fault.field in names}
        if not found:
            return {}
        return {index: found[row] for index, row in enumerate(self.raw.rows.to_pylist()) if row in found}

    def selected(self, where: Cells, unless: Cells) -> pa.Array:
        """Which rows a table or target asks for."""
        result = pa.array(np.ones(len(self), dtype=bool))
        for cells, wanted in ((where, True), (unless, False)):
            for name, accepted in cells.items():
                values = [accepted] if isinstance(accepted, str) else accepted
                found = _is_among(self.column(name), pa.array(values, pa.string()))
                result = pc.and_(result, found if wanted else pc.invert(found))
        return result

    def texts(self, value: Value, *, several: bool = False) -> pa.Array:
        """The texts of a value, null where it is not known; `list<string>` where it holds several and may."""
        found = self._origin(value)
        found = self.shaped(value, _split(value, found) if value.each else found)
        found = _split(value, found if several else self._first(found))
        if pa.types.is_list(found.type):
            items = self._plain(pc.list_flatten(found))
            return list_of(found, items if value.id_of is None else ids(value.id_of, without_blanks(items)[0]))
        known, marks = without_blanks(self._plain(found), tuple(value.blank))
        self.counted["blank-mark"] += marks
        plain = unquoted(self.raw.name, known)
        self.counted["spreadsheet-quote"] += 0 if plain is known else pc.sum(pc.not_equal(plain, known)).as_py()
        return plain if value.id_of is None else ids(value.id_of, plain)

    def _plain(self, text: pa.Array) -> pa.Array:
        plain, changed = without_noise(text)
        self.counted.update(changed)
        return plain

    def _origin(self, value: Value) -> pa.Array:
        if value.column is not None:
            return self.column(value.column)
        if value.first_of:
            return pc.coalesce(*(self.known(name) for name in value.first_of))
        if value.text is not None:
            return self._template(value.text)
        if value.rank is not None:
            return self._ranks(value.rank)
        return _constant(value.value, len(self))

    def _template(self, text: str) -> pa.Array:
        parts = [part for part in re.split(r"(\{[^{}]+\})", text) if part]
        filled = [self.known(part[1:-1]) if part.startswith("{") else pa.scalar(part) for part in parts]
        joined = pc.binary_join_element_wise(*filled, pa.scalar(""))
        return joined if isinstance(joined, pa.Array) else _constant(text, len(self))

    def _ranks(self, rank: Rank) -> pa.Array:
        """Ranks as texts; a row without a number has none, which is counted where something else stands there."""
        numbers = converted(_RANKED, self.known(rank.by))
        self.counted["rank-unread"] += len(self) - numbers.flaws.null_count
        table = pa.table({"within": self.one(rank.within), "by": numbers.values, "row": np.arange(len(self))})
        known = table.filter(pc.is_valid(table["by"]))
        order = known.sort_by([("within", "ascending"), ("by", rank.order), ("row", "ascending")])
        groups = order["within"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
        starts = np.flatnonzero(np.diff(groups, prepend=-1)) if len(groups) else np.array([], dtype=np.int64)
        positions = np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups)))) + 1
        result = np.zeros(len(self), dtype=np.int64)
        result[order["row"].to_numpy()] = positions
        return pc.cast(pa.array(result, mask=result == 0), pa.string())

    def shaped(self, value: Value, text: pa.Array) -> pa.Array:
        """Texts as a value extracts, looks up and replaces them."""
        if value.extract is not None:
            text = extracted(text, value.extract)
        if value.lookup is not None:
            found = self.lookup(value.lookup)
            asked, text = _items(text), mapped(text, lambda one: found.get(one.strip()))
            self.counted["lookup-missed"] += _items(text).null_count - without_blanks(asked)[0].null_count
        if value.map:
            stands_for = {key: None if new is None else _as_text(new) for key, new in value.map.items()}
            is_known = pc.is_in(_items(text), value_set=pa.array(sorted(stands_for)))
            self.counted["mapped"] += int(pc.sum(is_known).as_py() or 0)
            is_kept = value.unmapped == "keep"
            text = mapped(text, lambda one: stands_for.get(one, one if is_kept else None))
        return text

    def identity_texts(self, identity: Identity) -> pa.Array:
        """What tells the nodes: texts for `node_ids`, `list<string>` where a cell tells several."""
        return self.texts(identity, several=True) if identity.place is None else self._each_placed(identity.place)

    def records(self, identity: Identity, rows: pa.Array, text: pa.Array) -> pa.Array:
        """What tells records of this table apart: where they stand, their name and the cells of `told_apart_by`."""
        also = [pc.fill_null(self.known(name), "").take(rows) for name in identity.told_apart_by]
        return pc.binary_join_element_wise(pa.scalar(f"{self.scope}\0{self.raw.name}"), text, *also, pa.scalar("\0"))

    def place_text(self, columns: PlaceColumns) -> pa.Array:
        """What a row says of where it is, as one text."""
        # With null_handling="skip" a row that is null throughout is lost (pyarrow 26.0.1).
        told = [pc.fill_null(self.one(name), "") for _, name in columns if name]
        return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*told, " "))

    def placed(self, columns: PlaceColumns) -> pa.Array:
        """Ids of places; where a row says where it is and that settles no place, `!` and the reason."""
        return _place_ids({role: self.known(name) for role, name in columns if name})

    def _each_placed(self, columns: PlaceColumns) -> pa.Array:
        """The same, as lists where a cell names several places: 苏州市、合肥市."""
        told = {role: self.known(name) for role, name in columns if name}
        for role in (one for one in ("address", "city", "district") if one in told):
            parted = mapped(told[role], lambda one: "\0".join(places_in(one)))
            if pc.any(pc.match_substring(parted, "\0")).as_py():
                lists = pc.split_pattern(pc.fill_null(parted, ""), "\0")
                each = {key: text.take(pc.list_parent_indices(lists)) for key, text in told.items()}
                return list_of(lists, _place_ids({**each, role: without_blanks(pc.list_flatten(lists))[0]}))
        return _place_ids(told)


def _place_ids(told: Mapping[str, pa.Array]) -> pa.Array:
    found = placed(**told)
    codes, reasons = (pc.cast(found[name].combine_chunks(), pa.string()) for name in ("code", "reason"))
    is_told = pc.and_(pc.is_null(codes), pc.not_equal(reasons, NOTHING))
    unplaced = pc.if_else(pc.fill_null(is_told, False), reasons, pa.scalar(None, pa.string()))
    return pc.coalesce(_joined("place:", codes), _joined(UNPLACED, unplaced))


def _split(value: Value, text: pa.Array) -> pa.Array:
    """A column as lists, where a cell holds several."""
    if value.split is None:
        return text
    if pa.types.is_list(text.type):  # An item may hold several: ["轴承、齿轮", "电机"].
        text = pa.array(["\0".join(filter(None, one or [])) for one in text.to_pylist()], pa.string())
    between = [value.split] if isinstance(value.split, str) else value.split
    return pc.split_pattern(mapped(text, lambda one: "\0".join(items_in(one, between))), "\0")


_FORMS = ("stock_code", "uscc")


def in_form(form: str, text: pa.Array, exchange: pa.Array | None = None) -> tuple[pa.Array, str]:
    """Texts in a normal form, null where they have none, and what is then wrong with them."""
    if form == "uscc":
        return usccs(text), "ingest.no_uscc"
    return pc.coalesce(stock_codes(with_zeros(text), exchange), codes_elsewhere(text, exchange)), "ingest.no_stock_code"


def node_ids(
    identity: Identity, label: str | None, text: pa.Array, exchange: pa.Array | None, near: pa.Array | None = None
) -> tuple[pa.Array, pa.Array]:
    """Ids or references of nodes from what tells them, and why a row has none though something stands there.

    Null in both: nothing stands there. `near` are the places of what is referred to, where they are known. `label` is
    `None` where the cells hold ids of several node types.
    """
    none = pa.scalar(None, pa.string())
    if identity.place is not None:
        is_placed = pc.invert(pc.fill_null(pc.starts_with(text, UNPLACED), False))
        return pc.if_else(is_placed, text, none), pc.if_else(is_placed, none, pc.utf8_slice_codeunits(text, 1))
    if identity.as_ == "id":
        is_fine = pc.fill_null(is_id(text, label), True)
        shape = f"{NODE_TYPE[label].prefix if label else 'type'}:…"
        return pc.if_else(is_fine, text, none), pc.if_else(
            is_fine, none, pa.scalar(Text("ingest.no_id", shape=shape).packed())
        )
    assert label is not None
    flaws = pa.nulls(len(text), pa.string())
    form = identity.find if identity.find is not None and identity.find in _FORMS else identity.as_
    if form in _FORMS:
        coded, reason = in_form(form, text, exchange)
        flaws = pc.if_else(pc.and_(pc.is_valid(text), pc.is_null(coded)), pa.scalar(reason), none)
        text = coded
    if identity.find is not None:
        where = pc.struct_field(pc.extract_regex(near, r"^place:(?P<code>\w+)$"), "code") if near is not None else None
        at = "" if where is None else pc.fill_null(_joined("@", where), "")
        start = pa.scalar(f"{REFERENCE}{label}.{identity.find}")
        return pc.binary_join_element_wise(start, at, pa.scalar("="), text, pa.scalar("")), flaws
    if identity.as_ in ("name", "record"):
        return ids(label, text, identity.prefix, is_record=identity.as_ == "record"), flaws
    return _joined(f"{NODE_TYPE[label].prefix}:{identity.prefix}", text), flaws


def ids(label: str, text: pa.Array, prefix: str = "", *, is_record: bool = False) -> pa.Array:
    """Ids of nodes told by a name or code: itself where it can stand in an id, else a hash of it; of records always one.

    >>> ids("Product", pa.array(["DRAM", "光刻胶", "光 刻胶", None])).to_pylist()
    ['product:dram', 'product:h-ya6y5bq7mpjmy', 'product:h-ya6y5bq7mpjmy', None]
    """
    start = f"{NODE_TYPE[label].prefix}:{prefix}"
    if is_record:
        return mapped(text, lambda one: f"{start}{RECORD}{_hash(_folded(one))}")
    return mapped(text, lambda one: f"{start}{_slug(one)}")


@lru_cache(maxsize=1 << 17)  # The tables of a dataset name the same things.
def _slug(name: str) -> str:
    """Letters, digits, `._-` as they are, in lower case; of other names 65 bits of BLAKE2b in base 32.

    Two of ten million names share a hash with a probability of 2 in a million; they would meet as contradicting
    names of one node, which is reported.
    """
    folded = _folded(name)
    return folded if _SLUG.fullmatch(folded) else f"h-{_hash(folded)}"


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _hash(folded: str) -> str:
    digest = hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=10).digest()
    number = int.from_bytes(digest[:9]) >> 2
    # Two letters at a time: base64.b32encode takes ten times as long.
    pairs = [_BASE_32[number >> bits & 1023] for bits in (60, 50, 40, 30, 20, 10)]
    return f"{''.join(pairs)}{_BASE_32[number & 1023][0]}"


def is_id(text: pa.Array, label: str | None = None) -> pa.Array:
    """Whether texts are ids, of a node type where one is named."""
    has_shape = pc.and_(pc.match_substring_regex(text, _ID), pc.less_equal(pc.utf8_length(text), _MAX_ID))
    return has_shape if label is None else pc.and_(has_shape, pc.starts_with(text, f"{NODE_TYPE[label].prefix}:"))


def spread(lists: pa.Array) -> tuple[IndexArray, pa.Array]:
    """The texts in lists one below the other, blanks left out, and which list each is of; an empty list gives a null."""
    items, _ = without_blanks(pc.list_flatten(lists))
    known = pc.is_valid(items).to_numpy(zero_copy_only=False)
    owners = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)[known]
    missing = np.setdiff1d(np.arange(len(lists)), owners)
    parents = np.concatenate((owners, missing))
    order = np.argsort(parents, kind="stable")
    texts = pa.concat_arrays([pc.filter(items, pa.array(known)), pa.nulls(len(missing), pa.string())])
    return parents[order], pc.take(texts, pa.array(order))


def _is_among(column: pa.Array, values: pa.Array) -> pa.Array:
    """Whether a text, or one of the texts of a list, is among the values; a cell that is empty, or says so, is the empty text."""
    if not pa.types.is_list(column.type):
        is_blank = pc.and_(pc.is_null(without_blanks(column)[0]), "" in values.to_pylist())
        return pc.or_(is_blank, pc.is_in(pc.fill_null(column, ""), value_set=values))
    parents, items = pc.list_parent_indices(column), without_blanks(pc.list_flatten(column))[0]
    found, known = (
        np.isin(np.arange(len(column)), pc.filter(parents, is_one).to_numpy())
        for is_one in (pc.is_in(items, value_set=values), pc.is_valid(items))
    )
    return pa.array(found | (~known if "" in values.to_pylist() else False))


def _items(text: pa.Array) -> pa.Array:
    return pc.list_flatten(text) if pa.types.is_list(text.type) else text


def _joined(start: str, text: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(start), text, pa.scalar(""))


def _constant(value: object, length: int) -> pa.Array:
    if isinstance(value, list):
        return pa.array([value] * length, pa.list_(pa.string()))
    return pa.repeat(pa.scalar(_as_text(value)), length)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
