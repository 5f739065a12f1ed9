"""Datasets: a folder or a single file, and the mapping that says what its tables mean."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from graph.errors import MappingError, SourceUnreadable
from graph.ontology import EDGE_TYPES, NODE_TYPES
from graph.texts import Text
from ingest.mapping.mapping import (
    Lookup,
    Mapping,
    TableMapping,
    Value,
    columns_of,
    read_mapping,
    shipped_mapping,
    shipped_names,
)
from ingest.mapping.proposal import proposed
from ingest.mapping.values import same_heading
from ingest.readers.files import BLOCK, TABLES, files_in, opened
from ingest.readers.read import ReadOptions, read

BUNDLED = Path(__file__).parent / "data"
"""The corridor dataset that comes with the program."""
SAMPLE = Path(__file__).parent / "sample"
"""Invented years of invented residents of invented centres, to see the pages of centres with: never part of the facts."""

_VERSION = "8"
"""Changes when equal files give other claims than before, so that what was kept of them is not taken again."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Tables of one origin, and how they are read. `number` orders datasets: of equal claims the earlier one's wins.

    `name` is what no other of a load has, and its records are known by; `unread` are the tables at its place that the
    mapping says nothing of, `fitting` the shipped mappings that do. `taken` says what its tables are taken for and why,
    where no mapping was given.
    """

    path: Path
    mapping: Mapping
    number: int = 0
    name: str = ""
    unread: tuple[Text | str, ...] = ()
    fitting: tuple[str, ...] = ()
    taken: tuple[Text, ...] = ()

    @property
    def left_out(self) -> list[Text]:
        """What has the name of a table and is none, with the reason."""
        return files_in(self.path)[1] if self.path.is_dir() else []

    @property
    def folder(self) -> Path:
        """The folder that the mapping's files are in."""
        return self.path if self.path.is_dir() else self.path.parent


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a dataset: a file and what the mapping says of it.

    `key` stands for all that its claims depend on: equal key, equal claims.
    """

    dataset: Dataset
    table: TableMapping
    path: Path
    file: str
    key: str

    @property
    def options(self) -> ReadOptions:
        """How the file is read."""
        return _options(self.table)


def datasets_at(paths: Sequence[Path], mappings: Sequence[str] = ()) -> list[Dataset]:
    """The datasets at some places, each with the mapping that fits its files: of those given (files, or names of shipped
    ones), else the one that the tables themselves suggest.

    Raises `MappingError` where a mapping fits none of them, or several fit one.
    """
    given = [read_mapping(Path(name)) if Path(name).is_file() else shipped_mapping(name) for name in mappings]
    named = zip(paths, _names(paths), strict=True)
    found = [_dataset(path, given, number, name) for number, (path, name) in enumerate(named)]
    idle = [m.name for m in given if all(dataset.mapping is not m for dataset in found)]
    if idle:
        raise MappingError(
            Text(
                "ingest.mapping_idle",
                names=idle,
                files=[t.file for m in given if m.name in idle for t in m.tables if not t.is_optional],
            )
        )
    return found


def _names(paths: Sequence[Path]) -> list[str]:
    """What the places are called: the last part of each path, with as many before it as an earlier one makes needed."""
    taken: dict[str, Path] = {}
    for path in (path.resolve() for path in paths):
        tails = ["/".join(path.parts[-length:]) for length in range(1, len(path.parts) + 1)]
        taken[next((tail for tail in tails if taken.get(tail, path) == path), str(path))] = path
    return [next(name for name, taker in taken.items() if taker == path.resolve()) for path in paths]


def _dataset(path: Path, given: Sequence[Mapping], number: int, name: str) -> Dataset:
    fitting = [mapping for mapping in given if _fits(path, mapping)]
    fitting = fitting or [mapping for mapping in given if _has_columns(path, mapping)]
    if len(fitting) > 1:
        raise MappingError(Text("ingest.several_mappings", path=path, names=[m.name for m in fitting]))
    if fitting:
        taken = (Text("ingest.taken_by_mapping", path=path.name, name=fitting[0].name),)
        return Dataset(path, fitting[0], number, name, tuple(_unread(path, fitting[0])), taken=taken)
    draft = proposed(path)
    unread = (*draft.unread, *(name for name in _unread(path, draft.mapping) if name not in draft.unread))
    known = {name: shipped_mapping(name) for name in (shipped_names() if unread and path.is_dir() else ())}
    shipped = tuple(one for one, m in known.items() if not all(t.is_optional for t in m.tables) and _fits(path, m))
    return Dataset(path, draft.mapping, number, name, unread, shipped, (*draft.taken, *draft.unsure))


def _unread(path: Path, mapping: Mapping) -> Iterator[str]:
    """The files of a folder that may hold tables and that a mapping does not read."""
    read = [lookup.file for table in mapping.tables for lookup in lookups(table)]
    for name in files_in(path)[0] if path.is_dir() else ():
        is_read = any(table.reads(name) for table in mapping.tables) or any(fnmatchcase(name, one) for one in read)
        if name.lower().endswith(TABLES) and not is_read:
            yield name


def _fits(path: Path, mapping: Mapping) -> bool:
    names = [path.name] if path.is_file() else files_in(path)[0]
    needed = [table for table in mapping.tables if not table.is_optional]
    tables = mapping.tables if path.is_file() or not needed else needed
    matched = [any(table.reads(name) for name in names) for table in tables]
    return any(matched) if path.is_file() else all(matched)


def _has_columns(path: Path, mapping: Mapping) -> bool:
    """Whether a file, whatever it is called, has every column that the only table of a mapping reads."""
    if not path.is_file() or len(mapping.tables) > 1:
        return False
    table = mapping.tables[0]
    needed = columns_of(table) - table.added
    raw = next(read(path, _options(table, chunk_rows=1)), None)
    headings = [table.heading(name) for name in raw.columns.column_names] if raw else []
    return bool(needed) and all(same_heading(name, headings) in headings for name in needed)


def _options(table: TableMapping, **more: int) -> ReadOptions:
    said = {field.name for field in fields(ReadOptions)} & TableMapping.model_fields.keys()
    return ReadOptions(**{**table.model_dump(include=said), **more})


def parts(dataset: Dataset) -> list[Part]:
    """The tables of a dataset in the mapping's order.

    Raises `SourceUnreadable` where the dataset or one of its files is not there.
    """
    folder = dataset.folder
    if not dataset.path.exists():
        raise SourceUnreadable(Text("ingest.no_dataset", path=dataset.path))
    names = [dataset.path.name] if dataset.path.is_file() else files_in(folder)[0]
    found: list[Part] = []
    for table in dataset.mapping.tables:
        matching = [name for name in names if table.reads(name)]
        if dataset.path.is_file() and len(dataset.mapping.tables) == 1:
            matching = names
        if not matching and not table.is_optional and dataset.path.is_dir():
            said = {"folder": folder, "name": dataset.mapping.name, "file": table.file}
            raise SourceUnreadable(Text("ingest.file_needed", **said, left_out=dataset.left_out))
        found += [_part(dataset, table, folder / name, name) for name in matching]
    if not found:
        files = [table.file for table in dataset.mapping.tables]
        raise SourceUnreadable(
            Text("ingest.mapping_of_none", path=dataset.path, name=dataset.mapping.name, files=files)
        )
    return found


def _part(dataset: Dataset, table: TableMapping, path: Path, name: str) -> Part:
    reading = dataset.mapping.fingerprint(table)
    scope = dataset.name if '"as_": "record"' in reading else ""
    digest = hashlib.sha256(f"{_VERSION}\0{_ontology()}\0{name}\0{scope}\0{reading}\0".encode())
    for file in (path, *(_looked_up(dataset, lookup) for lookup in lookups(table))):
        with opened(file) as content:
            while chunk := content.read(BLOCK):
                digest.update(chunk)
    return Part(dataset, table, path, name, digest.hexdigest()[:24])


def _looked_up(dataset: Dataset, lookup: Lookup) -> Path:
    """The file of a look-up. Raises `MappingError` where it is not a file of the dataset."""
    names, left_out = files_in(dataset.folder)
    if Path(lookup.file).as_posix() not in names:
        why = next((one for one in left_out if one.values["name"] == lookup.file), "")
        raise MappingError(Text("ingest.no_lookup_file", folder=dataset.folder, file=lookup.file, why=why))
    return dataset.folder / lookup.file


@cache
def _ontology() -> str:
    return hashlib.sha256(repr((NODE_TYPES, EDGE_TYPES)).encode()).hexdigest()


def lookups(table: TableMapping) -> list[Lookup]:
    """The look-ups that a table's values ask for."""
    values: list[Value] = list(table.derived.values())
    for node in table.nodes:
        values += [node.id, *(value for _, value in node.values())]
    for edge in table.edges:
        values += [edge.from_, edge.to, *(value for _, value in edge.values())]
    return list(dict.fromkeys(value.lookup for value in values if value.lookup is not None))


def lookup_table(dataset: Dataset, lookup: Lookup) -> dict[str, str]:
    """What the keys of a look-up stand for. Raises `MappingError` where a key stands for two things, or its sheet is not there."""
    found: dict[str, str] = {}
    of_sheet = "" if lookup.sheet is None else f"[{lookup.sheet}]"
    raws = [raw for raw in read(_looked_up(dataset, lookup)) if raw.name.endswith(of_sheet)]
    if of_sheet and not raws:
        raise MappingError(
            Text("ingest.no_lookup_file", folder=dataset.folder, file=f"{lookup.file}{of_sheet}", why="")
        )
    for raw in raws:
        missing = {lookup.key, lookup.value} - set(raw.columns.column_names)
        if missing:
            raise MappingError(Text("ingest.no_columns", name=raw.name, columns=sorted(missing)))
        for key, value in zip(raw.columns[lookup.key].to_pylist(), raw.columns[lookup.value].to_pylist(), strict=True):
            if key is None or value is None:
                continue
            if found.setdefault(str(key).strip(), str(value)) != str(value):
                raise MappingError(Text("ingest.key_of_two", name=raw.name, column=lookup.key, key=key))
    return found
