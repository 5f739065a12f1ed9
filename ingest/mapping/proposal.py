"""A mapping out of the tables themselves: which type a table holds, and which column which property.

A dataset that names its files, sheets and columns as the ontology does, in Chinese or in English, needs no mapping of
its own: this is how it is read. For any other table it is a draft that a person completes (`corridor inspect`).
"""

import hashlib
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from graph.errors import DerivedGiven, SourceUnreadable
from graph.ontology import (
    EDGE_TYPES,
    NODE_TYPE,
    NODE_TYPES,
    EdgeType,
    NodeType,
    Property,
    ValueType,
    derived_names,
    derived_type,
)
from ingest.claims import Kind, name_of
from ingest.mapping.mapping import Mapping, settable
from ingest.mapping.values import in_form, is_id
from ingest.readers.files import TABLES, files_in
from ingest.readers.read import RawTable, ReadOptions, detected_format, hidden_sheets, read
from ingest.validate import unit_of_heading

_KINDS: tuple[Kind, ...] = (*NODE_TYPES, *EDGE_TYPES)
_SAMPLE_ROWS = 1_000
SCHEMA_LINE = "# yaml-language-server: $schema=schema.json"
_LEAST_FIT = 0.9
_PLACE_COLUMNS: MappingOf[str, tuple[str, ...]] = {
    "address": ("address", "地址", "注册地址", "住所", "企业地址", "办公地址"),
    "province": ("province", "省份", "省", "所在省", "prov"),
    "city": ("city", "城市", "市", "所在市", "地市", "area"),
    "district": ("district", "区县", "区", "县", "所在区县"),
    "code": ("行政区划代码", "区划代码", "adcode"),
}
"""What columns that place something are called."""


@dataclass(slots=True)
class Draft:
    """A proposed mapping, as plain data and checked, what a person should look at, and the tables it says nothing of."""

    content: dict[str, object]
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def mapping(self) -> Mapping:
        """The draft as a mapping."""
        return Mapping.model_validate(self.content)

    def to_yaml(self) -> str:
        """The draft as a file to edit; an editor completes it where the schema stands beside it."""
        notes = ["编辑器补全 completion in editors: corridor inspect --schema > schema.json", *self.notes]
        head = [SCHEMA_LINE, *(f"# {note}" for note in notes)]
        return "\n".join([*head, yaml.safe_dump(self.content, allow_unicode=True, sort_keys=False, width=120)])


def proposed(path: Path) -> Draft:
    """The mapping that a file or folder suggests.

    Raises `SourceUnreadable` where it cannot be read or nothing in it is recognised.
    """
    folder, names = _files(path)
    name = _slug(path.stem if path.is_file() else path.name)
    source = f"source:{name}"
    draft = Draft({"name": name, "tables": []})
    tables: list[dict[str, object]] = []
    for file in names:
        for raw in _samples(folder / file):
            table = _table(file, raw, draft.notes)
            if table is None:
                draft.unread.append(raw.name)
            else:
                tables.append(table)
            if raw.counted.get("hidden-sheet"):
                hidden = [f"{file}[{sheet}]（隐藏 hidden）" for sheet in hidden_sheets(folder / file)]
                draft.unread += hidden
                draft.notes.append(f"未读取的隐藏工作表 hidden sheets, not read: {', '.join(hidden)}")
    if any(
        target["type"] == "LOCATED_IN"
        for table in tables
        if "nodes" not in table
        for target in _targets(table, "edges")
    ):
        for table in tables:
            if "nodes" in table:
                table.pop("edges", None)  # A table of its own says where things are.
    if not tables:
        raise SourceUnreadable(
            f"{path}: 认不出任何一张表；文件名或工作表名应为类型名（如 企业、products），或用 corridor inspect 起草映射。 No table is "
            "recognised: name files or sheets after types (企业, products), or draft a mapping with corridor inspect. "
            + " ".join(draft.notes)
        )
    draft.content["tables"] = tables
    _state(draft, tables, source, path)
    return draft


def _files(path: Path) -> tuple[Path, list[str]]:
    try:
        if not path.is_dir():
            path.stat()
            return path.parent, [path.name]
        files, left_out = files_in(path)
        names = [name for name in files if "/" not in name and name.lower().endswith(TABLES)]
    except OSError as error:
        raise SourceUnreadable(
            f"没有可读的数据集 {path}。 There is no dataset {path} to read: {error.strerror}."
        ) from error
    if not names:
        raise SourceUnreadable(
            f"{path} 中没有表（CSV、XLSX、Parquet、JSON）。 {path} holds no table. {', '.join(left_out)}".rstrip()
        )
    in_order = {kind.file.partition(".")[0]: number for number, kind in enumerate(_KINDS)}
    return path, sorted(names, key=lambda n: (in_order.get(n.partition(".")[0], len(in_order)), n))


def _samples(path: Path) -> Iterator[RawTable]:
    """The beginning of each table of a file."""
    seen: set[str] = set()
    for raw in read(path, ReadOptions(chunk_rows=_SAMPLE_ROWS)):
        if raw.name not in seen:
            seen.add(raw.name)
            yield raw
        elif detected_format(path) != "xlsx":
            return


def _state(draft: Draft, tables: Sequence[dict[str, object]], source: str, path: Path) -> None:
    """What no column states is stated for the whole dataset: the file as source, its date as `as_of`."""
    lacking = [
        prop
        for prop in ("source_ids", "as_of")
        if any(
            prop not in _set(target)
            for table in tables
            for part in ("nodes", "edges")
            for target in _targets(table, part)
            if target["type"] != "Source"
        )
    ]
    if "source_ids" in lacking:
        draft.content["sources"] = [{"id": source, "name_zh": path.name, "kind": "dataset"}]
        draft.content["source"] = source
    if "as_of" in lacking:
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        draft.content["as_of"] = day
        draft.notes.append(f"截至日取自文件日期，请核对 as_of is the file's date, check it: {day}")


def _targets(table: MappingOf[str, object], part: str) -> list[dict[str, object]]:
    found = table.get(part, [])
    return found if isinstance(found, list) else []


def _set(target: MappingOf[str, object]) -> dict[str, object]:
    found = target.get("set", {})
    return found if isinstance(found, dict) else {}


# --- one table -------------------------------------------------------------------------------------------------------


def _table(file: str, raw: RawTable, notes: list[str]) -> dict[str, object] | None:
    headings = raw.columns.column_names
    kind = _kind(file, raw)
    if kind is None:
        notes.append(f"{raw.name}: 认不出类型 not recognised; 列 columns: {', '.join(headings)}")
        return None
    columns = _columns(kind, headings)
    target: dict[str, object] = {"type": name_of(kind)}
    used: set[str] = set()
    if isinstance(kind, NodeType):
        target["id"] = _node_id(kind, raw, columns)
        used |= {str(dict(target["id"])["column"])} if isinstance(target["id"], dict) else set()
    else:
        for key, side in (("from", 0), ("to", 1)):
            end = _end(kind, side, raw, used)
            if end is None:
                notes.append(
                    f"{raw.name}: {kind.type} 缺少一端 has no column for one end; 列 columns: {', '.join(headings)}"
                )
                return None
            target[key] = end
            used.add(_heading_of(end))
    target["set"] = {
        name: _value(prop, heading) for name, (prop, heading) in columns.items() if heading not in used or name != "id"
    }
    table: dict[str, object] = {"file": file}
    if "[" in raw.name and raw.name.endswith("]"):
        table["sheet"] = raw.name[raw.name.rindex("[") + 1 : -1]
    table["nodes" if isinstance(kind, NodeType) else "edges"] = [target]
    used |= {heading for _, heading in columns.values()}
    used |= _locate(kind, target, raw, table)
    _check_unread(raw, kind, used, notes)
    return table


def _kind(file: str, raw: RawTable) -> Kind | None:
    """The type that the file or sheet is named after; else the node type that most of the columns speak of."""
    sheet = raw.name[raw.name.rindex("[") + 1 : -1] if raw.name.endswith("]") else ""
    for name in (sheet, file.partition(".")[0]):
        derived = derived_type(name)
        if derived is not None:
            raise DerivedGiven(raw.name, derived)
        for kind in _KINDS:
            if name and name.casefold() in _names(kind):
                return kind
    best, fit = None, 1
    for kind in NODE_TYPES:
        matched = _columns(kind, raw.columns.column_names).keys() & {p.name for p in settable(kind)}
        telling = len(matched - {"source_ids", "as_of", "kind", "name_en"})
        if "name_zh" in matched and telling > fit:
            best, fit = kind, telling
    return best


def _names(kind: Kind) -> set[str]:
    names = {name_of(kind), kind.zh, kind.en, kind.file.partition(".")[0]}
    return {name.casefold() for name in names}


def _columns(kind: Kind, headings: Sequence[str]) -> dict[str, tuple[Property, str]]:
    """Which heading stands for which property: the property's own name before its other names."""
    found: dict[str, tuple[Property, str]] = {}
    for prop in settable(kind):
        for name in (prop.name, prop.zh, prop.en, *prop.headings):
            heading = next((h for h in headings if _plain(h) == name.casefold()), None)
            if heading is not None and heading not in {h for _, h in found.values()}:
                found[prop.name] = (prop, heading)
                break
    return found


def _plain(heading: str) -> str:
    """A heading without the unit that stands behind it in brackets."""
    unit = unit_of_heading(heading)
    return (heading[: heading.rindex(unit) - 1] if unit else heading).rstrip("(（[【 ").strip().casefold()


def _node_id(kind: NodeType, raw: RawTable, columns: MappingOf[str, tuple[Property, str]]) -> dict[str, object]:
    for heading in raw.columns.column_names:
        if heading.casefold() in ("id", "编号") and (_fits(raw, heading, kind.label) or heading == "id"):
            return {"column": heading, "as": "id"} if _fits(raw, heading, kind.label) else {"column": heading}
    if "stock_code" in columns and _codes_fit(raw, columns["stock_code"][1]):
        return {"column": columns["stock_code"][1], "as": "stock_code"}
    if "name_zh" in columns:
        return {"column": columns["name_zh"][1]}
    raise SourceUnreadable(
        f"{raw.name}: 缺少必需的列 id 或 name_zh（名称）。 Required columns are missing: id or name_zh; has {', '.join(raw.columns.column_names)}."
    )


def _sample(raw: RawTable, heading: str) -> pa.Array:
    column = pa.concat_arrays(raw.columns[heading].chunks or [pa.array([], pa.string())])
    return column.slice(0, _SAMPLE_ROWS) if not pa.types.is_list(column.type) else pa.array([], pa.string())


def _fits(raw: RawTable, heading: str, label: str | None) -> bool:
    """Whether what stands in a column are ids; an empty column is taken at its heading's word."""
    known = _sample(raw, heading).drop_null()
    return len(known) == 0 or (pc.sum(is_id(known, label)).as_py() or 0) > len(known) / 2


def _codes_fit(raw: RawTable, heading: str) -> bool:
    known = _sample(raw, heading).drop_null()
    codes, _ = in_form("stock_code", known)
    return (
        len(known) > 0
        and len(known) == len(_sample(raw, heading))
        and (len(codes) - codes.null_count) >= _LEAST_FIT * len(known)
    )


def _end(kind: EdgeType, side: int, raw: RawTable, used: set[str]) -> dict[str, object] | None:
    """The column of an edge's end: ids under `from_id` and `to_id`, names under what the end or its type is called."""
    labels = sorted({pair[side] for pair in kind.ends})
    own = ("from_id", "to_id")[side]
    for heading in (h for h in raw.columns.column_names if h not in used):
        if heading.casefold() == own:
            return {"column": heading, "as": "id"}
    others = kind.to_headings if side else kind.from_headings
    for name in others:
        for heading in (h for h in raw.columns.column_names if h not in used):
            if _plain(heading) == name.casefold():
                return _by_name(raw, heading, labels[0])
    for label in labels:
        node_type = NODE_TYPE[label]
        names = {n.casefold() for n in (label, node_type.zh, node_type.en, f"{node_type.zh}名称", f"{label}_id")}
        for heading in (h for h in raw.columns.column_names if h not in used):
            if _plain(heading) in names:
                return _by_name(raw, heading, label)
    return None


def _heading_of(end: MappingOf[str, object]) -> str:
    """The column that an end is read from."""
    place = end.get("place")
    return str(place["city"] if isinstance(place, dict) else end["column"])


def _by_name(raw: RawTable, heading: str, label: str) -> dict[str, object]:
    known = _sample(raw, heading).drop_null()
    if len(known) and _fits(raw, heading, None):
        return {"column": heading, "as": "id"}
    if label == "Place":
        return {"place": {"city": heading}}
    return {"type": label, "column": heading, "find": "name_zh"}


def _value(prop: Property, heading: str) -> object:
    if prop.type is ValueType.TEXTS or unit_of_heading(heading) is None:
        return heading
    return {"column": heading, "unit": unit_of_heading(heading)}


def _locate(kind: Kind, target: MappingOf[str, object], raw: RawTable, table: dict[str, object]) -> set[str]:
    """Where a node's table says where it is, that is an edge to a place; the columns used."""
    if (
        not isinstance(kind, NodeType)
        or (kind.label, "Place") not in next(t for t in EDGE_TYPES if t.type == "LOCATED_IN").ends
    ):
        return set()
    columns = {
        role: heading
        for role, names in _PLACE_COLUMNS.items()
        for heading in raw.columns.column_names
        if heading.casefold() in names
    }
    if columns:
        start = {"type": kind.label, **(dict(target["id"]) if isinstance(target["id"], dict) else {})}
        table["edges"] = [{"type": "LOCATED_IN", "optional": True, "from": start, "to": {"place": columns}}]
    return set(columns.values())


def _check_unread(raw: RawTable, kind: Kind, used: set[str], notes: list[str]) -> None:
    """Say which columns are not read. A heading that is nearly a property's name is a slip, and refused."""
    derived = [h for h in raw.columns.column_names if h not in used and h.strip().casefold() in derived_names(kind)]
    if derived:
        notes.append(
            f"{raw.name}: 由载入推导、不读取的列 columns not read, for a load derives them: {', '.join(derived)}"
        )
    unread = [h for h in raw.columns.column_names if h not in used and h not in derived]
    known = {p.name for p in settable(kind)} | {"id", "from_id", "to_id"}
    for heading in unread:
        near = get_close_matches(heading, known, n=1, cutoff=0.75) if heading.isascii() else []
        if near and near[0] not in raw.columns.column_names:
            raise SourceUnreadable(
                f"{raw.name}: 未知的列 {heading!r} unknown column；是否应为 {near[0]}？ Should it be {near[0]}?"
            )
    if unread:
        notes.append(f"{raw.name}: 未读取的列 columns not read: {', '.join(unread)}")


def _slug(name: str) -> str:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name.casefold()).strip("-._")
    return plain if any(c.isalnum() for c in plain) else f"file-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
