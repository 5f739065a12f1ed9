"""Datasets: a folder or a single file, and the mapping that says what its tables mean."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from graph.errors import MappingError, SourceUnreadable
from graph.ontology import EDGE_TYPES, NODE_TYPES
from ingest.mapping.mapping import Lookup, Mapping, TableMapping, Value, read_mapping, shipped_mapping, shipped_names
from ingest.mapping.proposal import proposed
from ingest.readers.files import BLOCK, TABLES, files_in, opened
from ingest.readers.read import ReadOptions, read

BUNDLED = Path(__file__).parent / "data"
"""The corridor dataset that comes with the program."""

_VERSION = "3"
"""Changes when equal files give other claims than before, so that what was kept of them is not taken again."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Tables of one origin, and how they are read. `number` orders datasets: of equal claims the earlier one's wins.

    `unread` are the tables at its place that the mapping says nothing of, `fitting` the shipped mappings that do.
    """

    path: Path
    mapping: Mapping
    number: int = 0
    unread: tuple[str, ...] = ()
    fitting: tuple[str, ...] = ()

    @property
    def left_out(self) -> list[str]:
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
        table = self.table
        return ReadOptions(
            format=table.format,
            encoding=table.encoding,
            sheet=table.sheet,
            header_row=table.header_row,
            records=table.records,
            fields=table.fields,
            delimiter=table.delimiter,
        )


def datasets_at(paths: Sequence[Path], mappings: Sequence[str] = ()) -> list[Dataset]:
    """The datasets at some places, each with the mapping that fits its files: of those given (files, or names of shipped
    ones), else the one that the tables themselves suggest.

    Raises `MappingError` where a mapping fits none of them, or several fit one.
    """
    given = [read_mapping(Path(name)) if Path(name).is_file() else shipped_mapping(name) for name in mappings]
    found = [_dataset(path, given, number) for number, path in enumerate(paths)]
    idle = [m.name for m in given if all(dataset.mapping is not m for dataset in found)]
    if idle:
        raise MappingError(
            f"映射 {', '.join(idle)} 不适用于任何数据集：文件名对不上。 The mapping {', '.join(idle)} fits none of the datasets: it "
            f"needs {', '.join(t.file for m in given if m.name in idle for t in m.tables if not t.is_optional)}."
        )
    return found


def _dataset(path: Path, given: Sequence[Mapping], number: int) -> Dataset:
    fitting = [mapping for mapping in given if _fits(path, mapping)]
    if len(fitting) > 1:
        raise MappingError(f"{path}: 有多个映射适用 several mappings fit it: {', '.join(m.name for m in fitting)}.")
    if fitting:
        return Dataset(path, fitting[0], number, tuple(_unread(path, fitting[0])))
    draft = proposed(path)
    unread = (*draft.unread, *(name for name in _unread(path, draft.mapping) if name not in draft.unread))
    return Dataset(path, draft.mapping, number, unread, tuple(_shipped_for(path)) if unread else ())


def _unread(path: Path, mapping: Mapping) -> Iterator[str]:
    """The files of a folder that may hold tables and that a mapping does not read."""
    read = [table.file for table in mapping.tables]
    read += [lookup.file for table in mapping.tables for lookup in lookups(table)]
    for name in files_in(path)[0] if path.is_dir() else ():
        if name.lower().endswith(TABLES) and not any(fnmatchcase(name, pattern) for pattern in read):
            yield name


def _shipped_for(path: Path) -> Iterator[str]:
    """The shipped mappings all of whose needed files are in a folder."""
    for name in shipped_names():
        mapping = shipped_mapping(name)
        if path.is_dir() and any(not table.is_optional for table in mapping.tables) and _fits(path, mapping):
            yield name


def _fits(path: Path, mapping: Mapping) -> bool:
    names = [path.name] if path.is_file() else files_in(path)[0]
    needed = [table for table in mapping.tables if not table.is_optional]
    tables = mapping.tables if path.is_file() or not needed else needed
    matched = [any(fnmatchcase(name, table.file) for name in names) for table in tables]
    return any(matched) if path.is_file() else all(matched)


def parts(dataset: Dataset) -> list[Part]:
    """The tables of a dataset in the mapping's order.

    Raises `SourceUnreadable` where the dataset or one of its files is not there.
    """
    folder = dataset.folder
    if not dataset.path.exists():
        raise SourceUnreadable(
            f"没有可读的数据集 {dataset.path}。 There is no dataset {dataset.path} to read: no such file or folder."
        )
    names = [dataset.path.name] if dataset.path.is_file() else files_in(folder)[0]
    found: list[Part] = []
    for table in dataset.mapping.tables:
        matching = [name for name in names if fnmatchcase(name, table.file)]
        if not matching and not table.is_optional and dataset.path.is_dir():
            raise SourceUnreadable(
                f"{folder}: 没有映射 {dataset.mapping.name} 所需的文件 {table.file}。 The mapping {dataset.mapping.name} needs "
                f"{table.file}, which is not there; mark it optional: true if it may be absent. "
                f"{', '.join(dataset.left_out)}".rstrip()
            )
        found += [_part(dataset, table, folder / name, name) for name in matching]
    if not found:
        raise SourceUnreadable(
            f"{dataset.path}: 映射 {dataset.mapping.name} 不用其中任何文件。 The mapping {dataset.mapping.name} is for none of its "
            f"files: {', '.join(t.file for t in dataset.mapping.tables)}."
        )
    return found


def _part(dataset: Dataset, table: TableMapping, path: Path, name: str) -> Part:
    digest = hashlib.sha256(f"{_VERSION}\0{_ontology()}\0{name}\0{dataset.mapping.fingerprint(table)}\0".encode())
    for file in (path, *(_looked_up(dataset, lookup) for lookup in lookups(table))):
        with opened(file) as content:
            while chunk := content.read(BLOCK):
                digest.update(chunk)
    return Part(dataset, table, path, name, digest.hexdigest()[:24])


def _looked_up(dataset: Dataset, lookup: Lookup) -> Path:
    """The file of a look-up. Raises `MappingError` where it is not a file of the dataset."""
    names, left_out = files_in(dataset.folder)
    if Path(lookup.file).as_posix() not in names:
        why = next((f": {one}" for one in left_out if one.startswith(f"{lookup.file}（")), "")
        raise MappingError(
            f"{dataset.folder}: 没有所查的文件 {lookup.file}。 The file of a look-up is not there: {lookup.file}{why}"
        )
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
    """What the keys of a look-up stand for. Raises `MappingError` where a key stands for two things."""
    found: dict[str, str] = {}
    for raw in read(_looked_up(dataset, lookup)):
        missing = {lookup.key, lookup.value} - set(raw.columns.column_names)
        if missing:
            raise MappingError(f"{raw.name}: 没有列 No column {', '.join(sorted(missing))}.")
        for key, value in zip(raw.columns[lookup.key].to_pylist(), raw.columns[lookup.value].to_pylist(), strict=True):
            if key is None or value is None:
                continue
            if found.setdefault(str(key).strip(), str(value)) != str(value):
                raise MappingError(
                    f"{raw.name}: {lookup.key} {key!r} 对应两个值。 The key {key!r} stands for two values."
                )
    return found
