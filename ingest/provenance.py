"""Where a fact comes from: every claim on a node or edge, the losing ones too, and what people decided about it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from graph.durable import sealed_file, sealed_files
from graph.errors import NotFound, StoreUnavailable
from graph.model import edge_id, ends, is_edge_id, key_of
from graph.ontology import KIND, EdgeType, Kind, ValueType
from graph.scratch import scratch
from graph.texts import Text
from ingest.claims import TEXT_OF, id_columns, type_of
from ingest.corrections import CORRECTIONS_PART
from ingest.mapping.mapping import settable
from ingest.resolution.claim_files import TOGETHER, ClaimsFile, claims_statement, numbered, order_of_precedence
from ingest.resolution.folding import lesser_names

PropertyValue = str | int | float | bool | date | list[str]


@dataclass(frozen=True, slots=True)
class ClaimedValue:
    """One value of a claim: `text` is what stands in the file where that differs, `wins` whether the graph shows it."""

    property: str
    zh: str
    value: PropertyValue
    text: str | None
    wins: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What one row of a source says of the thing; `record` is the id it is known by there."""

    record: str
    file: Text
    row: int
    source_ids: tuple[str, ...]
    as_of: date | None
    is_correction: bool
    values: tuple[ClaimedValue, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Two records that were taken for the same, by name and place, and why; `id` takes it back (`corridor merges undo`)."""

    id: str
    left_id: str
    right_id: str
    tier: str
    probability: float | None
    why: Text
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """All that is known of where a node or edge comes from. `claims` are in the order of precedence."""

    id: str
    run_id: str
    precedence: Text
    claims: tuple[Claim, ...]
    joins: tuple[Join, ...] = ()
    set_aside: tuple[Text, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Run:
    """What a load left on disk."""

    folder: Path
    parts: Path

    def table(self, name: str) -> list[dict[str, object]]:
        """The rows of one of its tables."""
        rows: list[dict[str, object]] = pq.read_table(sealed_file(self.folder, f"{name}.parquet")).to_pylist()
        return rows

    def manifest(self) -> dict[str, object]:
        """What it was loaded from."""
        found: dict[str, object] = json.loads(sealed_file(self.folder, "manifest.json").read_text(encoding="utf-8"))
        return found

    def claims_files(self) -> list[ClaimsFile]:
        """The files of its claims."""
        parts = self.manifest()["parts"]
        assert isinstance(parts, list)
        files = numbered(
            (
                part["dataset"],
                [(p.stem.partition("-")[2], p) for p in sealed_files(self.parts / part["key"], "[0-9]*-*.parquet")],
            )
            for part in parts
        )
        for path in sealed_files(self.folder, "added/*.parquet"):
            number, _, what = path.stem.rpartition("-")
            files.append(ClaimsFile(what, path, int(number)))
        return files


def run_of(home: Path, run_id: str | None) -> Run:
    """The load of an id. Raises `StoreUnavailable` where its claims are not here."""
    folder = home / "runs" / (run_id or "")
    if run_id is None or not (folder / "manifest.json").is_file():
        raise StoreUnavailable(Text("ingest.no_claims_of_run", home=home, run=run_id))
    return Run(folder, home / "parts")


def provenance_of(run: Run, thing: str) -> Provenance:
    """Where a node or edge of a run's graph comes from; a record that became part of another is explained as that one.

    Raises `NotFound` where no claim speaks of it.
    """
    kind = KIND.get(type_of(thing))
    if kind is None:
        raise NotFound(thing)
    entities = run.table("entities")
    thing = _as_shown(thing, {str(row["id"]): str(row["entity"]) for row in entities})
    names = ends(thing)[1:] if isinstance(kind, EdgeType) else (thing,)
    records_of_ends = [_records(name, entities, run) for name in names]
    rows = _rows(run.claims_files(), kind, records_of_ends, thing)
    if not rows:
        raise NotFound(thing)
    records = {record for records in records_of_ends for record in records}
    aside = [row for row in run.table("aside") if row["id"] in records]
    joins = [_join(row) for row in run.table("merges") if {row["left_id"], row["right_id"]} <= records]
    return Provenance(
        thing, run.folder.name, Text("claims.rule"), _claims(kind, rows, aside), tuple(joins),
        tuple(dict.fromkeys(Text("ingest.why", what=row["property"], why=Text.unpacked(str(row["reason"]))) for row in aside)),
    )  # fmt: skip


def _as_shown(thing: str, entity: Mapping[str, str]) -> str:
    """The id under which the graph shows a node or edge."""
    if not is_edge_id(thing):
        return entity.get(thing, thing)
    edge_type, *names = ends(thing)
    key = key_of(thing)
    return edge_id(edge_type, *(entity.get(name, name) for name in names), *([key] if key else []))


def _join(row: dict[str, object]) -> Join:
    probability = row["probability"]
    texts = {name: str(row[name] or "") for name in ("id", "left_id", "right_id", "tier", "left", "right")}
    why = Text.unpacked(str(row["why"] or ""))
    return Join(probability=probability if isinstance(probability, float) else None, why=why, **texts)


def _records(entity: str, entities: Iterable[dict[str, object]], run: Run) -> list[str]:
    """The ids and references that stand for a node in claims."""
    ids = [entity, *(str(row["id"]) for row in entities if row["entity"] == entity)]
    references = [str(row["ref"]) for row in run.table("references") if row["entity"] in ids]
    return [*ids, *references]


def _rows(
    files: Sequence[ClaimsFile], kind: Kind, records_of_ends: Sequence[Sequence[str]], thing: str
) -> list[dict[str, object]]:
    if not any(file.what == kind.name for file in files):
        return []
    where = " AND ".join(f"c.{name} IN (SELECT unnest(?))" for name in id_columns(kind))
    parameters: list[object] = [list(ids) for ids in records_of_ends]
    if isinstance(kind, EdgeType) and kind.key:
        where += f" AND coalesce(c.{kind.key}, '') = ?"
        parameters.append(key_of(thing) or "")
    elif key_of(thing):
        return []
    text = f"SELECT * FROM ({claims_statement(files, kind.name)}) c WHERE {where} ORDER BY {order_of_precedence(kind)}"
    with scratch() as connection:
        rows: list[dict[str, object]] = connection.sql(text, params=parameters).to_arrow_table().to_pylist()
    return rows


def _claims(kind: Kind, rows: Sequence[dict[str, object]], aside: Sequence[dict[str, object]]) -> tuple[Claim, ...]:
    shown = [{name: None if _is_aside(row, name, aside) else value for name, value in row.items()} for row in rows]
    lesser = lesser_names(kind)
    winners = {prop.name: _winner(prop.name, prop.type is ValueType.TEXTS, shown, lesser) for prop in settable(kind)}
    return tuple(
        Claim(
            record=" → ".join(str(row[name]) for name in id_columns(kind)),
            file=Text.unpacked(str(row["file"])),
            row=int(str(row["row"])),
            source_ids=tuple(row["source_ids"] or ()) if "source_ids" in row else (),  # type: ignore[arg-type]
            as_of=row["as_of"] if isinstance(row["as_of"], date) else None,
            is_correction=row["part"] == CORRECTIONS_PART,
            values=tuple(
                ClaimedValue(p.name, p.zh, row[p.name], _text(row, p.name), number in winners[p.name])  # type: ignore[arg-type]
                for p in settable(kind)
                if row[p.name] is not None and p.name not in ("source_ids", "as_of")
            ),
        )
        for number, row in enumerate(rows)
    )


def _is_aside(row: Mapping[str, object], name: str, aside: Iterable[dict[str, object]]) -> bool:
    """Whether a claim's value is set aside: for its record, or for the whole thing where a person calls it not known."""
    return any(
        one["property"] == name
        and (one["value"] is None or (one["id"] == row.get("id") and one["value"] == str(row[name])))
        for one in aside
    )


def _text(row: dict[str, object], name: str) -> str | None:
    text = row.get(f"{TEXT_OF}{name}")
    return None if text is None else str(text)


def _winner(name: str, is_united: bool, rows: Sequence[dict[str, object]], lesser: str) -> set[int]:
    """The numbers of the claims that the graph's value comes from: one, or all for lists that are united."""
    known = [number for number, row in enumerate(rows) if row[name] is not None]
    corrected = [number for number in known if rows[number]["part"] == CORRECTIONS_PART]
    if corrected:
        return {corrected[0]}
    if is_united:
        return set(known)
    if name == "name_zh":
        former = {_plain(f) for row in rows for f in _list(row.get(lesser)) if f != row[name]}
        known = [number for number in known if _plain(str(rows[number][name])) not in former] or known
    if name in TOGETHER:
        first = next((number for number, row in enumerate(rows) if row["part"] != CORRECTIONS_PART), None)
        known = [number for number in known if number == first]
    return set(known[:1])


def _list(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _plain(name: str) -> str:
    return name.translate(str.maketrans("（）", "()", " ")).lower()
