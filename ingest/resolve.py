"""Which rows speak of the same thing, and whether what they point at exists."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graph.ontology import EdgeType, label_of
from graph.rows import Row
from ingest.validate import QuarantinedRow, ValidRow

_NO_SELF_EDGES = frozenset({"INPUT_OF", "KIND_OF", "PART_OF", "OWNS", "SUPPLIES"})


@dataclass(slots=True)
class Resolved:
    """Rows by id, how many were merged into an earlier row, and those that had to stay out."""

    rows: dict[str, Row] = field(default_factory=dict)
    merged: int = 0
    quarantined: list[QuarantinedRow] = field(default_factory=list)


def resolved_nodes(rows: Iterable[ValidRow], source_ids: frozenset[str]) -> Resolved:
    """One row a node. A second row fills what the first leaves open; one that contradicts it stays out."""
    result = Resolved()
    lines: dict[str, str] = {}
    for valid in rows:
        if not _has_sources(valid, source_ids, result):
            continue
        _add(valid, result, lines)
    return result


def resolved_edges(
    kind: EdgeType, rows: Iterable[ValidRow], node_ids: Mapping[str, Mapping[str, Row]], source_ids: frozenset[str]
) -> Resolved:
    """One row an edge, its two ends known nodes of labels that the type joins, and not the same node."""
    result = Resolved()
    lines: dict[str, str] = {}
    for valid in rows:
        problem = _end_problem(kind, valid.row, node_ids)
        if problem:
            result.quarantined.append(QuarantinedRow(valid.file, valid.line, *problem))
        elif _has_sources(valid, source_ids, result):
            _add(valid, result, lines)
    return result


def edges_by_ends(kind: EdgeType, rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """The rows of an edge type by the labels of their ends."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        from_id, to_id = _ends(row)
        groups[label_of(from_id) or "", label_of(to_id) or ""].append(row)
    return dict(sorted(groups.items()))


def _ends(row: Row) -> tuple[str, str]:
    return str(getattr(row, "from_id", "")), str(getattr(row, "to_id", ""))


def _end_problem(kind: EdgeType, row: Row, node_ids: Mapping[str, Mapping[str, Row]]) -> tuple[str, str, str] | None:
    """Field, value and reason where an edge cannot stand."""
    from_id, to_id = _ends(row)
    for name, node_id in (("from_id", from_id), ("to_id", to_id)):
        label = label_of(node_id)
        if label is None or node_id not in node_ids.get(label, {}):
            return name, node_id, "没有这个节点，或它已被隔离 no such node, or it is in quarantine"
    if (label_of(from_id), label_of(to_id)) not in kind.ends:
        joined = ", ".join(f"{a}→{b}" for a, b in kind.ends)
        return "from_id", f"{from_id}→{to_id}", f"{kind.type} 只连接 joins only {joined}"
    if from_id == to_id and kind.type in _NO_SELF_EDGES:
        return "to_id", to_id, f"自环：{kind.type} 不能指向自身 a node cannot be joined to itself"
    return None


def _has_sources(valid: ValidRow, source_ids: frozenset[str], result: Resolved) -> bool:
    unknown = [s for s in getattr(valid.row, "source_ids", None) or [] if s not in source_ids]
    if unknown:
        reason = "sources.csv 中没有这个来源 no such source in sources.csv"
        result.quarantined.append(QuarantinedRow(valid.file, valid.line, "source_ids", unknown[0], reason))
    return not unknown


def _add(valid: ValidRow, result: Resolved, lines: dict[str, str]) -> None:
    row = valid.row
    first = result.rows.get(row.id)
    if first is None:
        result.rows[row.id] = row
        lines[row.id] = f"{valid.file}:{valid.line}"
        return
    conflict = _conflict(first, row)
    if conflict:
        reason = f"与 {lines[row.id]} 矛盾 contradicts {lines[row.id]}"
        result.quarantined.append(QuarantinedRow(valid.file, valid.line, conflict, str(getattr(row, conflict)), reason))
        return
    known = {name: value for name, value in row if value is not None}
    result.rows[row.id] = first.model_copy(update={k: v for k, v in known.items() if getattr(first, k) is None})
    result.merged += 1


def _conflict(first: Row, second: Row) -> str:
    """The first field in which two rows of one thing say different things; empty where they agree."""
    for name, value in second:
        before = getattr(first, name)
        if value is not None and before is not None and value != before:
            return name
    return ""
