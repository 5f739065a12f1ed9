"""Corrections by people as claims, which take part in every load, and what the ontology says against them."""

from collections.abc import Iterable

import pyarrow as pa

from graph.errors import UsageError
from graph.model import ends, is_edge_id, key_of
from graph.ontology import EDGE_TYPE, label_of
from graph.texts import Text
from ingest.claims import KIND, PROBLEM_SCHEMA, read_as
from ingest.decisions import Decision, Verdict
from ingest.mapping.mapping import settable
from ingest.resolution.identity import ASIDE_SCHEMA

CORRECTIONS_PART = -1
CORRECTIONS = "ingest.corrections"


def corrections(decisions: Iterable[Decision]) -> tuple[dict[str, list[dict[str, object]]], pa.Table, pa.Table]:
    """Corrections as claims by type, those that the ontology does not allow, and values that are to be not known."""
    rows: dict[str, list[dict[str, object]]] = {}
    problems: list[dict[str, object]] = []
    unknown: list[dict[str, object]] = []
    for number, one in enumerate((d for d in decisions if d.verdict is Verdict.CORRECT), 1):
        what = _type_of(one.subject)
        value, flaw = _corrected(one, what)
        if flaw:
            problems.append({"file": CORRECTIONS, "row": number, "what": what, "field": one.property, "value": one.value,
                             "reason": Text("ingest.correction", why=flaw).packed()})  # fmt: skip
        elif value is None:
            unknown.append(
                {"label": what, "id": one.subject, "property": one.property, "value": None, "reason": one.attribution()}
            )
        else:
            rows.setdefault(what, []).append({**_ids(one.subject), one.property: value})
    return (
        rows,
        pa.Table.from_pylist(problems, schema=PROBLEM_SCHEMA),
        pa.Table.from_pylist(unknown, schema=ASIDE_SCHEMA),
    )


def check_correction(one: Decision) -> None:
    """Raise `UsageError` where the ontology does not allow a correction."""
    _, flaw = _corrected(one, _type_of(one.subject))
    if flaw:
        raise UsageError(Text("ingest.why", what=f"{one.property}={one.value}", why=flaw))


def _type_of(thing: str) -> str:
    return ends(thing)[0] if is_edge_id(thing) else label_of(thing) or ""


def _ids(thing: str) -> dict[str, object]:
    """The values of a claim that tell which node or edge it is about."""
    if not is_edge_id(thing):
        return {"id": thing}
    edge_type, from_id, to_id = ends(thing)
    key = EDGE_TYPE[edge_type].key
    return {"from_id": from_id, "to_id": to_id, **({key: key_of(thing)} if key else {})}


def _corrected(one: Decision, what: str) -> tuple[object, Text | None]:
    """The value that a correction gives, and why it cannot be one."""
    prop = next((p for p in settable(KIND[what]) if p.name == one.property), None) if what in KIND else None
    if prop is None:
        return None, Text("ingest.no_property", what=what)
    if not one.value:
        is_fixed = prop.required or what in EDGE_TYPE
        return None, Text("ingest.cannot_be_unknown") if is_fixed else None
    result = read_as(prop, pa.array([one.value], pa.string()))
    flaw = result.flaws[0].as_py()
    return result.values[0].as_py(), Text.unpacked(flaw) if flaw else None
