"""The report of a load as one page that opens offline: what was read, what became of it, and why."""

from collections.abc import Iterable, Sequence

from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.texts import Language, Text, is_known, share_text
from ingest.report import Coverage, Reason, Report
from viz.page import Bar, Cell, Chart, Column, Section, Table, list_page

_SHOWN_LABEL = 30
_TEXTS = frozenset({"dataset", "table", "type", "field", "reason", "examples", "todo", "unchanged", "unread", "conversion",
                    "what_it_is", "by", "stage"})  # fmt: skip
"""The columns that hold texts; the others hold numbers."""


def report_html(report: Report, language: Language) -> str:
    """The page: the sum, tables, types, reasons, coverage, conversions, identities, time."""
    page = _Page(report, language)
    sections = [
        page.sum(), page.tables(), page.sheets(), page.kinds(), page.reasons("reasons", report.reasons),
        page.reasons("values", report.value_reasons), page.converted(), page.identities(), *page.coverage(), page.stages(),
    ]  # fmt: skip
    subtitle = page.said("subtitle", run=report.run_id)
    return list_page(page.said("title"), sections, subtitle=subtitle, language=language)


def unread_tables(report: Report) -> list[Text]:
    """Which tables nothing was read of and what to do, in sentences."""
    found = []
    if report.empty_tables:
        found.append(Text("report.empty_tables", tables=report.empty_tables))
    if report.no_tables:
        found.append(Text("report.no_tables", tables=report.no_tables))
    if report.unread_tables:
        found.append(Text("report.unread_tables", tables=report.unread_tables))
    if report.unread_tables and report.fitting_mappings:
        options = " ".join(f"--mapping {name}" for name in report.fitting_mappings)
        found.append(Text("report.fitting", options=options))
    return found


def in_all(report: Report) -> Text:
    """How many rows were read, and what became of them."""
    names = ("read", "loaded", "merged", "quarantined")
    return Text("report.in_all", **{name: f"{getattr(report, name):,}" for name in names})


def in_language(reason: Reason, language: Language) -> tuple[str, str, str]:
    """The reason, its examples and what to do."""
    return (
        reason.reason.in_(language), " ; ".join(one.in_(language) for one in reason.examples), reason.hint.in_(language),
    )  # fmt: skip


class _Page:
    """The sections of a report in a language."""

    def __init__(self, report: Report, language: Language) -> None:
        self._report, self._language = report, language

    def said(self, key: str, **values: object) -> str:
        return Text(f"report.{key}", **values).in_(self._language)

    def _table(self, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table | None:
        columns = [Column(self.said(f"column.{name}"), is_number=name not in _TEXTS) for name in names]
        return Table(columns, rows) if rows else None

    def sum(self) -> Section:
        report = self._report
        whole = max(report.read, 1)
        parts = [(name, getattr(report, name)) for name in ("loaded", "merged", "quarantined")]
        bars = [
            Bar(self.said(f"column.{name}"), n / whole, f"{n:,} ({share_text(n / whole, self._language)})")
            for name, n in parts
        ]
        text = " ".join(
            [
                *(one.in_(self._language) for one in (*report.taken, *report.newcomers, in_all(report))),
                self.said("sum.about"),
            ]
        )
        return Section(self.said("sum"), text, chart=Chart(self.said("sum.chart"), bars))

    def tables(self) -> Section:
        yes, no = (Text(f"common.{name}").in_(self._language) for name in ("yes", "no"))
        rows: list[Sequence[Cell]] = [
            (t.dataset, t.file, t.rows, t.read, t.accepted, t.quarantined, t.left_out, t.passed_over, t.no_records,
             yes if t.is_unchanged else no, Text("common.list", items=t.unread).in_(self._language) or "—")
            for t in self._report.tables
        ]  # fmt: skip
        rows += [
            ("", Text.unpacked(name).in_(self._language), n, n, n, 0, 0, 0, 0, "—", "—")
            for name, n in self._report.added.items()
        ]
        names = ("dataset", "table", "rows", "read", "accepted", "quarantined", "left_out", "passed_over", "no_records",
                 "unchanged", "unread")  # fmt: skip
        lines = [self.said("tables.about"), *(text.in_(self._language) for text in unread_tables(self._report))]
        if self._report.left_out:
            lines.append(self.said("no_records", rows=self._report.left_out))
        return Section(self.said("tables"), " ".join(lines), table=self._table(names, rows))

    def sheets(self) -> Section:
        rows = [(s.dataset, s.file, s.rows, s.loaded, s.merged, s.set_aside) for s in self._report.sheets]
        names = ("dataset", "table", "rows", "loaded", "merged", "set_aside")
        return Section(self.said("sheets"), self.said("sheets.about"), table=self._table(names, rows))

    def kinds(self) -> Section:
        rows = [(k.what, k.claims, k.loaded, k.merged, k.quarantined, k.disputed) for k in self._report.kinds]
        names = ("type", "claims", "loaded", "merged", "quarantined", "disputed")
        return Section(
            self.said("kinds"),
            f"{self.said('kinds.about')} {Text('claims.rule').in_(self._language)}",
            table=self._table(names, rows),
        )

    def reasons(self, key: str, found: Sequence[Reason]) -> Section:
        rows = [(r.count, r.what or "—", r.field or "—", *in_language(r, self._language)) for r in found]
        most = max((r.count for r in found), default=1)
        bars = [
            Bar(
                _short(f"{r.what or self.said('whole_row')} · {r.reason.in_(self._language)}"),
                r.count / most,
                f"{r.count:,}",
            )
            for r in found[:12]
        ]
        return Section(
            self.said(key),
            "" if rows else self.said(f"{key}.none"),
            chart=Chart(self.said("reasons.chart"), bars),
            table=self._table(("count", "type", "field", "reason", "examples", "todo"), rows),
        )

    def converted(self) -> Section:
        rows = [(what, self._conversion(what), n) for what, n in self._report.converted.items()]
        text = self.said("converted.about" if rows else "converted.none")
        return Section(self.said("converted"), text, table=self._table(("conversion", "what_it_is", "cells"), rows))

    def identities(self) -> Section:
        report = self._report
        rows = [(Text(f"claims.tier.{tier}").in_(self._language), n) for tier, n in report.joined.items()]
        rows += [(self.said("to_review"), report.to_review), (self.said("set_aside"), report.set_aside)]
        return Section(self.said("identities"), self.said("identities.about"), table=self._table(("by", "pairs"), rows))

    def coverage(self) -> Iterable[Section]:
        found = self._report.coverage
        for what in dict.fromkeys(c.what for c in found):
            own = [c for c in found if c.what == what]
            total = max(own[0].total, 1)
            kind = NODE_TYPE.get(what) or EDGE_TYPE[what]
            chart = Chart(self.said("coverage.chart", what=kind.text), [self._bar(c, total) for c in own])
            yield Section(self.said("coverage", what=kind.text, total=f"{own[0].total:,}"), chart=chart)

    def _bar(self, one: Coverage, total: int) -> Bar:
        kind = NODE_TYPE.get(one.what) or EDGE_TYPE[one.what]
        name = next(prop.in_(self._language) for prop in kind.properties if prop.name == one.property)
        share = one.known / total
        return Bar(name, share, f"{share_text(share, self._language)} ({one.known:,})")

    def stages(self) -> Section:
        rows = [
            (s.name.in_(self._language), round(s.seconds, 2), s.rows, round(s.rows / s.seconds) if s.seconds else None)
            for s in self._report.stages
        ]
        return Section(self.said("stages"), table=self._table(("stage", "seconds", "rows", "rows_a_second"), rows))

    def _conversion(self, what: str) -> str:
        return self.said(f"conversion.{what}") if is_known(f"report.conversion.{what}") else ""


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LABEL else f"{text[:_SHOWN_LABEL]}…"
