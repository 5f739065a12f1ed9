"""Corrections by people and reports by offices as claims, which take part in every load, and what the ontology says against them."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date

import pyarrow as pa

from graph.errors import UnknownName, UsageError
from graph.model import ends, is_edge_id, key_of
from graph.ontology import EDGE_TYPE, KIND, NODE_TYPE, ValueType
from graph.texts import Text
from ingest.claims import PROBLEM_SCHEMA, read_as, type_of
from ingest.decisions import Decision, Verdict
from ingest.mapping.mapping import settable
from ingest.resolution.identity import ASIDE_SCHEMA

_SHOWN = 40
CORRECTIONS_PART = -1
CORRECTIONS = "ingest.corrections"
REPORTS = "ingest.reports"
REPORTS_SOURCE: dict[str, object] = {
    "id": "source:office-reports",
    "name_zh": "地方办填报",
    "name_en": "Reports by places' offices",
    "kind": "register",
}
_NUMBERS = {p.name: p for p in settable(NODE_TYPE["Report"]) if p.type in (ValueType.INTEGER, ValueType.NUMBER)}
FIGURES = {name: prop for name, prop in _NUMBERS.items() if name not in ("year", "quarter")}
"""What a report may say."""


def corrections(decisions: Iterable[Decision]) -> tuple[dict[str, list[dict[str, object]]], pa.Table, pa.Table]:
    """Corrections as claims by type, those that the ontology does not allow, and values that are to be not known."""
    rows: dict[str, list[dict[str, object]]] = {}
    problems: list[dict[str, object]] = []
    unknown: list[dict[str, object]] = []
    for number, one in enumerate((d for d in decisions if d.verdict is Verdict.CORRECT), 1):
        what = type_of(one.subject)
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


def check(one: Decision) -> None:
    """Raise `UsageError` where the ontology does not allow a correction or a report."""
    _, flaw = _reported(one) if one.verdict is Verdict.REPORT else _corrected(one, type_of(one.subject))
    if flaw and one.verdict is Verdict.REPORT:
        raise UsageError(flaw)  # Which says the field; what stands in the file is JSON of ours.
    if flaw:
        raise UsageError(Text("ingest.why", what=f"{one.property}={_shown(one.value)}", why=flaw))


def _shown(value: object) -> str:
    """A value as a message shows it: the beginning of a long one."""
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _ids(thing: str) -> dict[str, object]:
    """The values of a claim that tell which node or edge it is about."""
    if not is_edge_id(thing):
        return {"id": thing}
    edge_type, from_id, to_id = ends(thing)
    key = EDGE_TYPE[edge_type].key
    return {"from_id": from_id, "to_id": to_id, **({key: key_of(thing)} if key else {})}


def _no_property(name: str, what: str) -> Text:
    known = [prop.name for prop in settable(KIND[what])] if what in KIND else []
    return UnknownName("property", name, known).text


def _corrected(one: Decision, what: str) -> tuple[object, Text | None]:
    """The value that a correction gives, and why it cannot be one."""
    prop = next((p for p in settable(KIND[what]) if p.name == one.property), None) if what in KIND else None
    if prop is None:
        return None, _no_property(one.property, what)
    if not one.value:
        is_fixed = prop.required or what in EDGE_TYPE
        return None, Text("ingest.cannot_be_unknown") if is_fixed else None
    result = read_as(prop, pa.array([one.value], pa.string()))
    flaw = result.flaws[0].as_py()
    return result.values[0].as_py(), Text.unpacked(flaw) if flaw else None


# --- reports ---------------------------------------------------------------------------------------------------------


def reports(decisions: Iterable[Decision]) -> tuple[dict[str, list[dict[str, object]]], list[dict[str, object]]]:
    """What offices report as claims by type, and the reports that cannot be ones."""
    rows: dict[str, list[dict[str, object]]] = {}
    problems: list[dict[str, object]] = []
    for number, one in enumerate((d for d in decisions if d.verdict is Verdict.REPORT), 1):
        node, flaw = _reported(one)
        if flaw:
            problems.append({"file": REPORTS, "row": number, "what": "Report", "field": one.property, "value": one.value,
                             "reason": flaw.packed()})  # fmt: skip
            continue
        stated = {"source_ids": [REPORTS_SOURCE["id"]], "as_of": node["reported_on"]}
        edge = {**stated, "status": "documented", "confidence": 1.0, "evidence": one.attribution()}
        rows.setdefault("Report", []).append({**node, **stated})
        rows.setdefault("REPORTED", []).append({"from_id": one.subject, "to_id": node["id"], **edge})
        rows.setdefault("REPORTED_FOR", []).append({"from_id": node["id"], "to_id": one.object, **edge})
    return rows, problems


def _reported(one: Decision) -> tuple[dict[str, object], Text | None]:
    """The node of a report, and why it cannot be one."""
    period = re.fullmatch(r"(\d{4})(?:Q([1-4]))?", one.property)
    try:
        said, day = json.loads(one.value), date.fromisoformat(one.when)
    except ValueError:
        said = day = None
    if (
        period is None
        or day is None
        or not isinstance(said, dict)
        or not isinstance(name := said.pop("name_zh", None), str)
        or not said
    ):
        return {}, Text("ingest.no_report")
    number = hashlib.sha256(f"{one.subject}\0{one.object}\0{one.property}".encode()).hexdigest()[:12]
    values: dict[str, object] = {"id": f"report:office-{number}", "name_zh": name, "reported_on": day}
    for field, value in {"year": period[1], "quarter": period[2], **said}.items():
        if field not in _NUMBERS:
            return {}, _no_property(field, "Report")
        result = read_as(_NUMBERS[field], pa.array([None if value is None else str(value)], pa.string()))
        if flaw := result.flaws[0].as_py():
            return {}, Text("ingest.why", what=f"{field}={_shown(value)}", why=Text.unpacked(flaw))
        values[field] = result.values[0].as_py()
    return values, None
