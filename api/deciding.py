"""What may be decided on the graph with a key, as values and as the forms of pages that ask for them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, create_model

from api.writing import writing
from graph.errors import refused
from graph.ontology import KIND, NODE_TYPE, Property, ValueType
from graph.texts import Language, Text, word
from ingest.claims import type_of
from ingest.corrections import FIGURES
from ingest.decisions import Verdict
from ingest.mapping.mapping import settable
from viz.page import Section

_PLAIN = r"^[^\x00-\x1f\x7f]*$"
Said = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=True, pattern=_PLAIN)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)


class Correction(_Asked):
    """That another value of a property holds."""

    thing: Said = Field(description="id of a node or edge")
    property: Said
    value: Annotated[str, StringConstraints(max_length=1_000, strip_whitespace=True, pattern=_PLAIN)] = Field(
        default="", description="empty: it is not known"
    )
    why: Said


class Pair(_Asked):
    """Whether the two records of a pair are the same."""

    pair: Said = Field(description="id of a pair to review or of a merge")
    verdict: Literal["same", "different", "unsure"]
    why: Said


class Withdrawal(_Asked):
    """That a decision no longer holds."""

    decision: Said = Field(description="its id")
    why: Said


class _OfPeriod(_Asked):
    enterprise: Said = Field(description="the resident, by id or name")
    center: Said = Field(description="the centre, by id or name")
    year: Annotated[int, Field(strict=True, ge=1990, le=2100)]
    quarter: Annotated[int | None, Field(strict=True, ge=1, le=4, description="empty for the whole year")] = None
    why: Said = Field(description="what it rests on")


_MOST = 1e10
"""More than any resident has of anything: 100,000 bn CNY, people, or m²."""


def _whole(value: float) -> float:
    if not value.is_integer():
        raise refused("int_from_float")
    return value


def _figure(prop: Property) -> Any:
    """What a figure may be: a number as JSON has it, not a text or a truth; of people and firms a whole one."""
    number = Annotated[float, Field(strict=True, ge=prop.minimum, le=_MOST)]
    taken = Annotated[number, AfterValidator(_whole)] if prop.type is ValueType.INTEGER else number
    return taken | None, Field(default=None, description=prop.text.in_(Language.EN))


_FIGURES: dict[str, Any] = {name: _figure(prop) for name, prop in FIGURES.items()}
ReportOf = create_model(
    "ReportOf",
    __base__=_OfPeriod,
    __doc__="What a resident did in a centre in a year, or a quarter of it; what is left out is not known.",
    **_FIGURES,
)


def correction_form(thing: str, language: Language) -> Section:
    """Corrects a value of a node or edge."""
    kind = KIND.get(type_of(thing))
    properties = [(prop.name, _with_unit(prop, language)) for prop in settable(kind)] if kind else []
    return _form("correct", "/api/decisions/correct", Correction, language, {"thing": thing}, {"property": properties})


def pair_form(pairs: Sequence[Mapping[str, object]], language: Language, *, is_joined: bool) -> Section:
    """Decides on a pair of records: one that is joined is taken apart."""
    choices = [
        (str(pair["id"]), " · ".join(str(pair[side] or pair[f"{side}_id"]) for side in ("left", "right")))
        for pair in pairs
    ]
    verdicts = [Verdict.DIFFERENT] if is_joined else [Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE]
    said = [(one.value, word(one).in_(language)) for one in verdicts]
    name = "take_apart" if is_joined else "judge"
    return _form(name, "/api/decisions/pair", Pair, language, {}, {"pair": choices, "verdict": said})


def withdrawal_form(holding: Sequence[tuple[str, str]], language: Language) -> Section:
    """Takes one of the decisions that hold back."""
    return _form("withdraw", "/api/decisions/withdraw", Withdrawal, language, {}, {"decision": holding})


def report_form(center: str, language: Language) -> Section:
    """Writes the report of a resident of a centre."""
    return _form("report", "/api/reports", ReportOf, language, {"center": center}, {})


def _form(
    name: str, action: str, model: type[BaseModel], language: Language, kept: Mapping[str, str],
    choices: Mapping[str, Sequence[tuple[str, str]]],
) -> Section:  # fmt: skip
    properties = {prop.name: prop for prop in NODE_TYPE["Report"].properties}

    def called(field: str) -> str:
        prop = properties.get(field)
        return _with_unit(prop, language) if prop else Text(f"writing.field.{field}").in_(language)

    heading, about = (Text(f"writing.{name}{part}").in_(language) for part in ("", ".about"))
    return writing(
        action,
        model,
        heading,
        about,
        called,
        then="/decisions",
        kept=kept,
        choices=choices,
        names={"enterprise": "Enterprise"},
        by_id=False,
    )


def _with_unit(prop: Property, language: Language) -> str:
    name = prop.in_(language)
    return Text("writing.with_unit", name=name, unit=prop.unit_in(language)).in_(language) if prop.unit else name
