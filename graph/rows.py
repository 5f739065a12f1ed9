"""The ontology as pydantic models: what a row of each type must look like, with descriptions for people."""

import re
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from graph.ontology import EdgeType, NodeType, Property, ValueType

MAX_TEXT = 2_000
"""Characters; a longer text is a mistake in the file, not a name."""

_MAX_INTEGER = 2**63 - 1
"""Both stores keep integers in 64 bits."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufffe\uffff]")
_SLUG = r"[A-Za-z0-9][A-Za-z0-9._-]*"


class Row(BaseModel):
    """A row that fits the ontology: text cells are converted, empty cells are `None`, nothing else is accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: str


def _empty_is_unknown(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else value


def _split(value: object) -> object:
    if isinstance(value, str):
        value = [part.strip() for part in value.split("|") if part.strip()]
    return value or None


def _truth(value: object) -> object:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return value


def _iso_date(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _clean(value: str) -> str:
    found = _CONTROL.search(value)
    if found:
        raise ValueError(f"has the control character U+{ord(found[0]):04X}")
    return value


_TEXT = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_clean)]


def _type_of(prop: Property) -> Any:
    """The annotation of a property: what a cell must be when it is not empty."""
    bounds = Field(ge=prop.minimum, le=prop.maximum, allow_inf_nan=False)
    if prop.choices and prop.type is ValueType.TEXT:
        return Literal[tuple(choice.value for choice in prop.choices)]
    match prop.type:
        case ValueType.TEXT:
            return _TEXT
        case ValueType.TEXTS:
            return Annotated[list[_TEXT], BeforeValidator(_split)]
        case ValueType.INTEGER:
            return Annotated[int, Field(ge=prop.minimum, le=_MAX_INTEGER if prop.maximum is None else prop.maximum)]
        case ValueType.NUMBER | ValueType.FRACTION:
            return Annotated[float, bounds]
        case ValueType.BOOLEAN:
            return Annotated[bool, Field(strict=True), BeforeValidator(_truth)]
        case ValueType.DATE:
            return Annotated[date, BeforeValidator(_iso_date)]


def _field(prop: Property) -> Any:
    kind = _type_of(prop)
    about = Field(description=prop.description) if prop.required else Field(default=None, description=prop.description)
    if prop.required:
        return (Annotated[kind, BeforeValidator(_empty_is_unknown)], about)
    return (Annotated[kind | None, BeforeValidator(_empty_is_unknown)], about)


@cache
def row_model(kind: NodeType | EdgeType) -> type[Row]:
    """The model of a node type's rows (`id` and properties), or of an edge type's (`from_id`, `to_id` besides).

    Derived properties are not part of it: they are computed, never read.
    """
    fields: dict[str, Any] = {p.name: _field(p) for p in kind.properties if not p.derived}
    if isinstance(kind, NodeType):
        fields["id"] = (Annotated[str, Field(pattern=rf"^{kind.prefix}:{_SLUG}$", max_length=200)], ...)
        return create_model(kind.label, __base__=Row, __doc__=kind.doc, **fields)
    fields["id"] = (str, "")
    fields["from_id"] = (Annotated[str, Field(min_length=1, max_length=200)], ...)
    fields["to_id"] = (Annotated[str, Field(min_length=1, max_length=200)], ...)
    return create_model(kind.type.title().replace("_", ""), __base__=Row, __doc__=kind.doc, **fields)
