"""Rows of answers as tables for people: which columns, under what headings, and values as text."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeGuard, get_args

from graph.model import Edge, Node, key_of, nodes_of
from graph.ontology import EDGE_TYPE, NODE_TYPE, NODE_TYPES, label_of
from graph.texts import Language, Text, hint, label, money_text, number_text, region_text, share_text, word
from queries.answer import Row, evidence_ids, is_money
from queries.reader import Reader
from queries.scope import all_chains, called_so, corridor_places, nodes


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: the field of the row, what stands above it, what more is to be said of it, and whether it holds numbers,
    parts of a whole among them, or other numbers between 0 and 1, or amounts in 10 k CNY."""

    field: str
    text: Text
    hint: Text | None
    is_number: bool
    is_share: bool
    is_part: bool = False
    is_money: bool = False

    @property
    def carried(self) -> Text:
        """What stands above it in a file, where amounts are bare numbers."""
        return Text("common.money.column", name=self.text) if self.is_money else self.text

    def cell(self, row: Row, language: Language, most: int = 1_000, names: Mapping[str, str] | None = None) -> str:
        """What a row says in this column; `names` are what the reader calls what the row names otherwise."""
        value = self.called(_in_words(self.field, getattr(row, self.field), language), names or {})
        if self.is_share and isinstance(value, float):
            return share_text(value, language)
        if isinstance(value, int | float) and row.is_money(self.field):
            return money_text(value, language)
        return cell_text(value, language, most)

    def called(self, value: object, names: Mapping[str, str]) -> object:
        """A value as the reader calls it; an id stays one."""
        return value if self.field == "path" or self.field.endswith(("_id", "_ids")) else renamed(value, names)


def renamed(value: object, names: Mapping[str, str]) -> object:
    """A name as the reader calls it, also where it stands in a list or in a sentence."""
    if isinstance(value, Text):
        return Text(value.id, **{key: renamed(one, names) for key, one in value.values.items()})
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    if not isinstance(value, str) or isinstance(value, Enum):
        return value
    if value in names:
        return names[value]
    several = value.split("、")
    return Text("common.list", items=[names.get(one, one) for one in several]) if names.keys() & {*several} else value


def with_names(value: object, names: Mapping[str, str], language: Language) -> str:
    """A value or a sentence as a reader sees it, with the names that the reader calls things by."""
    return cell_text(renamed(value, names), language)


_WORDS: dict[str, dict[str, Text]] = {
    p.name: {choice.value: choice.text for choice in p.choices}
    for properties in (*(kind.properties for kind in NODE_TYPES), *(kind.properties for kind in EDGE_TYPE.values()))
    for p in properties if p.choices and p.name != "kind"
} | {
    "label": {name: kind.text for name, kind in NODE_TYPE.items()},
    "relation": {name: kind.text for name, kind in EDGE_TYPE.items()},
}  # fmt: skip
"""What the values are called of properties that have one of a few, and the types."""


def _in_words(field: str, value: object, language: Language) -> object:
    """What a value of the ontology, or each of several, is called where the field is named after its property."""
    if isinstance(value, list):
        return [_in_words(field, one, language) for one in value]
    is_code = isinstance(value, str) and not isinstance(value, Enum)
    if field == "control_country" and is_code:
        return region_text(str(value), language)
    words = _WORDS.get(field) or _WORDS.get(field.removesuffix("s"), {})
    found = words.get(str(value)) if is_code else None
    return found.in_(language) if found else value


_NOTHING: tuple[object, ...] = (None, [], Text.both("", ""))


def is_told(row_type: type[Row], field: str, rows: Sequence[Row]) -> bool:
    """Whether a column has something to show: of what not every answer has, whether a row has it."""
    return field not in row_type.of_some or any(getattr(row, field) not in _NOTHING for row in rows)


def headings(row_type: type[Row], *, everything: bool = False) -> list[Heading]:
    """The columns of a row type that people read; all of them where everything is asked for, of a statement those it returns."""
    names = row_type.model_fields if (everything and not row_type.is_own) or not row_type.table else row_type.table
    return [heading(row_type, name) for name in names]


def heading(row_type: type[Row], name: str) -> Heading:
    """The column of a field of a row type, or of an answer."""
    domain = row_type.__module__.rpartition(".")[2]
    part = "answer" if "looked_at" in row_type.model_fields else "column"
    annotation = row_type.model_fields[name].annotation
    kinds = get_args(annotation) or (annotation,)
    is_number = int in kinds or float in kinds
    is_share = name in row_type.shares
    is_part = is_share or name in row_type.scores
    if row_type.is_own:
        return Heading(name, Text.both(name, name), None, is_number, is_share, is_part)
    is_amount = is_money(row_type, name)
    return Heading(name, label(domain, part, name), hint(domain, part, name), is_number, is_share, is_part, is_amount)


def plain(row: Row, column: Heading, language: Language, names: Mapping[str, str]) -> str | int | float:
    """A value for a spreadsheet: numbers with all their digits, texts in a language, lists split by "; ", nothing where
    it is not known. `names` are what the reader calls what the row names otherwise.
    """
    value = _in_words(column.field, getattr(row, column.field), language)
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, list | tuple) and not _is_path(value):
        called = [column.called(one, names) for one in value]
        is_plain = [isinstance(one, str | int | float) and not isinstance(one, Enum) for one in called]
        texts = (str(one) if plain else cell_text(one, language) for one, plain in zip(called, is_plain, strict=True))
        return "; ".join(texts)
    return column.cell(row, language, names=names)


def cell_text(value: object, language: Language, most: int = 1_000) -> str:
    """A value as a reader sees it: not known is said, measures have three significant digits, lists at most `most` items.

    >>> cell_text(None, Language.ZH), cell_text(0.33333, Language.ZH), cell_text(["甲", "乙", "丙"], Language.ZH, most=2)
    ('未知', '0.333', '甲、乙 等，共列 3 项')
    """
    if value is None:
        return Text("common.unknown").in_(language)
    if isinstance(value, Text):
        return value.in_(language)
    if isinstance(value, bool):
        return Text("common.yes" if value else "common.no").in_(language)
    if isinstance(value, float):
        return number_text(value, language)
    if isinstance(value, Enum):
        return word(value).in_(language)
    if isinstance(value, Node | Edge | Mapping) or _is_path(value):
        return _whole_text(value, language)
    if isinstance(value, Sequence) and not isinstance(value, str):
        shown = Text("common.list", items=[cell_text(item, language) for item in value[:most]]).in_(language) or "—"
        return Text("common.list_cut", shown=shown, items=len(value)).in_(language) if len(value) > most else shown
    return str(value)


def _whole_text(value: Node | Edge | Mapping[str, object] | Sequence[Node | Edge], language: Language) -> str:
    """A node by its name, an edge by its ends, a map by its keys, a path step by step, each in the direction it reads in."""
    if isinstance(value, Node):
        return value.name_in(language)
    if isinstance(value, Edge):
        return f"{EDGE_TYPE[value.type].in_(language)} ({value.from_id} → {value.to_id})"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {cell_text(one, language)}" for name, one in value.items())
    said = [cell_text(value[0], language)]
    for before, edge, after in zip(value[0::2], value[1::2], value[2::2], strict=False):
        name = EDGE_TYPE[edge.type].in_(language) if isinstance(edge, Edge) else ""
        is_forward = isinstance(edge, Edge) and edge.from_id == before.id
        said.append(
            f"—{name}→ {cell_text(after, language)}" if is_forward else f"←{name}— {cell_text(after, language)}"
        )
    return " ".join(said)


def _is_path(value: object) -> TypeGuard[Sequence[Node | Edge]]:
    """Whether a value is nodes with edges between them."""
    if not isinstance(value, tuple) or len(value) < 3:
        return False
    return all(isinstance(one, Edge if at % 2 else Node) for at, one in enumerate(value))


def names_in_rows(reader: Reader, rows: Iterable[Row], language: Language) -> dict[str, str]:
    """What a reader of another language than the rows' calls the nodes that rows name or rest on, by id and by their name
    in the rows; a name that two of them have stays as it is.
    """
    if language is Language.ZH:
        return {}
    rows = list(rows)
    ids = {node_id for row in rows for field in type(row).model_fields if (node_id := named_by(row, field))}
    ids.update(one for row in rows for one in getattr(row, "city_ids", ()))
    for one in evidence_ids(rows):
        ids.update(nodes_of(one))
        if (key := key_of(one)) and label_of(key):
            ids.add(key)
    ids |= {chain_id for chain_id, _ in all_chains(reader)} | {*corridor_places(reader)}
    found = nodes(reader, ids)
    own = ((getattr(row, "name_zh", None), getattr(row, "name_en", None)) for row in rows)
    alone = _alone([*_called(found, language), *((str(zh), str(en)) for zh, en in own if zh and en)])
    others = {name for row in rows for value in vars(row).values() for name in _chinese(value)} - alone.keys()
    return _by_name(reader, others, language) | alone | {node.id: node.name_in(language) for node in found}


def names_in(reader: Reader, values: Iterable[object], language: Language) -> Mapping[str, str]:
    """What a reader of another language calls what some texts name."""
    return (
        {}
        if language is Language.ZH
        else _by_name(reader, {name for one in values for name in _chinese(one)}, language)
    )


def _by_name(reader: Reader, names: Collection[str], language: Language) -> dict[str, str]:
    ids = called_so(reader, names=sorted(names)) if names else []
    return _alone(_called(nodes(reader, ids), language))


def _called(found: Iterable[Node], language: Language) -> list[tuple[str, str]]:
    """Each name of some nodes with what the node is called in a language."""
    return [
        (name, node.name_in(language)) for node in found for name in {node.name, str(node.properties.get("name_zh"))}
    ]


def _alone(called: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What things of a name are called, where that is one for all of them."""
    found: dict[str, set[str]] = {}
    for name, as_called in called:
        found.setdefault(name, set()).add(as_called)
    return {name: own.pop() for name, own in found.items() if len(own) == 1}


def _chinese(value: object) -> Iterator[str]:
    """The texts in Chinese of a value, each of which may be a name that nothing says the id of."""
    if isinstance(value, Text):
        value = [*value.values.values()]
    if isinstance(value, list | tuple):
        for one in value:
            yield from _chinese(one)
    elif isinstance(value, str) and len(value) <= _NAME and not value.isascii():
        yield value


_NAME = 60
"""Characters of what may be a name."""


def named_by(row: Row, field: str) -> str | None:
    """The node whose name a field holds: `carrier_name` that of `carrier_id`, `name_zh` the last that tells the row apart."""
    if field == "name_zh":
        keys: Sequence[str] = [key for key in row.key if key.endswith("id")]
    else:
        keys = [f"{name}_id" for end in ("_name", "_zh") if (name := field.removesuffix(end)) != field]
    values = (getattr(row, key, None) for key in reversed(keys))
    # Of a thing at a place, as "product:a@place:b", the thing.
    return next((one.partition("@")[0] for one in values if isinstance(one, str) and label_of(one)), None)
