"""Pages of the ledger: vouchers by place and one by one, the settlement of a period, its statement for paper."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import cos, pi, sin
from pathlib import Path

from api.money import place_name
from api.pages import LINKS, address, turned
from api.writing import writing
from graph.errors import StoreUnavailable
from graph.rules import rule_files
from graph.store import GraphStore
from graph.texts import Language, Share, Text
from ledger.judge import yuan
from ledger.ledger import Filter, Ledger, Sum
from ledger.requests import (
    Asked,
    Close,
    Correct,
    Issue,
    Redeem,
    SetBudget,
    Void,
    act_called,
    checked_period,
    field_text,
)
from ledger.rules import KIND, HolderKind, Mode, voucher_rules
from ledger.settlement import Debt, Statement
from ledger.state import STATUSES, Budget, Voucher
from queries.reader import Reader
from queries.scope import nodes
from viz.page import Cell, Column, Field, Figure, Form, Link, Section, Table, list_page
from viz.place_map import WIDTH, Point, lines_of

_A_PAGE = 50
_HEIGHT = 420
_NUMBERS = frozenset(
    {
        "vouchers",
        "budget",
        "left",
        "committed",
        "paid",
        "amount",
        "owed",
        "remains",
        "firm_ceiling",
        "team_ceiling",
        "share",
        "payout",
        *STATUSES,
    }
)

_NAMED = {
    **dict.fromkeys(("office", "holder_place", "institution_place", "debtor", "creditor"), "Place"),
    "holder": "Enterprise", "institution": "*",
}  # fmt: skip
"""What the fields of forms name."""


class Naming:
    """What a page says in its language, places and holders by the names that the graph has for them; rules of a folder.

    Of the ledger of the invented year (`is_sample`) the title, the lead and every section that is no rule say so.
    """

    def __init__(self, store: GraphStore, language: Language, own_rules: Path, *, is_sample: bool) -> None:
        self._store, self.language, self.own_rules, self._is_sample = store, language, own_rules, is_sample

    def say(self, key: str, **values: object) -> str:
        """A text of the ledger."""
        return Text(f"ledger.{key}", **values).in_(self.language)

    def links(self, ids: Iterable[str]) -> dict[str, Link]:
        """Things by id, those that the graph has with their names and pages; places without it by their code table."""
        wanted = {one for one in ids if one}
        try:
            with self._store.snapshot() as graph:
                found = {node.id: node.name_in(self.language) for node in nodes(Reader(graph), wanted)}
        except StoreUnavailable:
            found = {}  # Money is kept apart from the graph, and can be looked at without it.
        names = {one: found.get(one) or (place_name(one) if one.startswith("place:") else one) for one in wanted}
        return {one: Link(name, node_id=one if one in found else "") for one, name in names.items()}

    def table(self, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
        """A table whose columns the ledger names."""
        return Table([Column(self.say(f"column.{name}"), is_number=name in _NUMBERS) for name in names], rows)

    def form(self, kind: type[Asked], *, then: str = "", rules: str = "", **kept: str) -> Section:
        """What books a request of a kind; of `rules` a redemption offers the services and refusals."""
        choices: dict[str, list[tuple[str, str]]] = {}
        if kind is Issue:
            named = {
                file.name: voucher_rules(file.name, self.own_rules).name for file in rule_files(KIND, self.own_rules)
            }
            choices = {
                "mode": [(one.value, self.say(f"mode.{one}")) for one in Mode],
                "holder_kind": [(one.value, self.say(f"holder_kind.{one}")) for one in HolderKind],
                "rules": [(name, text.in_(self.language)) for name, text in named.items()],
            }
        if rules:
            of = voucher_rules(rules, self.own_rules)
            for field, known in (("service", of.catalogue), ("ineligible", of.refusals)):
                choices[field] = [(name, one.text.in_(self.language)) for name, one in known.items()]

        def called(field: str) -> str:
            return field_text(field).in_(self.language)

        made = writing(
            f"/api/ledger/{kind.kind}", kind, self.say(f"write.{kind.kind}"), self.say(f"write.{kind.kind}.about"), called,
            then=then, kept=kept, choices=choices, names=_NAMED, hidden=["related"],
        )  # fmt: skip
        return replace(made, heading=self._marked(made.heading))

    def page(self, key: str, sections: Sequence[Section], rest: Sequence[Section] = (), **values: object) -> str:
        """A page of the ledger: sections of what is booked, and the rest."""
        title, lead = self.say(f"{key}.title", **values), self.say(f"{key}.lead")
        if self._is_sample:
            lead = f"{self.say('sample.about')} {lead}"
        marked = [replace(one, heading=self._marked(one.heading)) for one in sections]
        return list_page(self._marked(title), [*marked, *rest], subtitle=lead, links=LINKS, language=self.language)

    def _marked(self, what: str) -> str:
        return self.say("sample.marked", what=what) if self._is_sample else what


def no_ledger_page(key: str, why: Text, naming: Naming) -> str:
    """What stands in the place of a page while nothing was ever booked: why, what to do, and the rules that there are."""
    return naming.page(key, [Section(naming.say("none_yet"), why.in_(naming.language))], [rules_section(naming)])


# --- vouchers --------------------------------------------------------------------------------------------------------


def vouchers_page(ledger: Ledger, chosen: Filter, page: int, naming: Naming) -> str:
    """Totals by place, then the vouchers that are chosen."""
    sums, budgets = ledger.sums(), ledger.budgets()
    found = ledger.vouchers(chosen, _A_PAGE, (page - 1) * _A_PAGE)
    names = naming.links([*_offices(sums, budgets), *(id_ for v in found for id_ in (v.holder, v.institution))])
    counted = sum(one.vouchers for one in (ledger.sums(chosen) if any(chosen) else sums))
    listed = [_totals(sums, budgets, names, naming), _list(found, counted, chosen, page, names, naming)]
    return naming.page("vouchers", listed, [
        rules_section(naming), _taken(naming), naming.form(Issue, then="/vouchers/"), naming.form(SetBudget),
    ])  # fmt: skip


def _offices(sums: Sequence[Sum], budgets: Sequence[Budget]) -> set[str]:
    """The places that issued vouchers or have a budget."""
    return {one.office for one in sums} | {one.office for one in budgets}


def _totals(sums: Sequence[Sum], budgets: Sequence[Budget], names: Mapping[str, Link], naming: Naming) -> Section:
    heading = naming.say("totals")
    if not sums and not budgets:
        return Section(heading, naming.say("totals.none"))
    offices = sorted(_offices(sums, budgets))
    rows: list[list[Cell]] = []
    for office in offices:
        own, money = [one for one in sums if one.office == office], [one for one in budgets if one.office == office]
        promised, held = (sum(getattr(one, name) for one in money) for name in ("amount_fen", "committed_fen"))
        counts = [sum(one.vouchers for one in own if one.status == status) for status in STATUSES]
        paid = sum(one.paid_fen for one in own)
        rows.append([names[office], yuan(promised), yuan(held), yuan(promised - held), yuan(paid), *counts])
    paid_by = {mode: sum(one.paid_fen for one in sums if one.mode == mode) for mode in Mode}
    count, paid = sum(one.vouchers for one in sums), sum(paid_by.values())
    redeemed = sum(one.vouchers for one in sums if one.status == "redeemed")
    mean = yuan(paid // redeemed) if redeemed else "—"
    parts = [naming.say("totals.about", vouchers=f"{count:,}", paid=yuan(paid), redeemed=f"{redeemed:,}", mean=mean)]
    parts += [
        naming.say("totals.of_mode", mode=Text(f"ledger.mode.{mode}"), paid=yuan(fen))
        for mode, fen in paid_by.items()
        if fen
    ]
    return Section(
        heading,
        " ".join(parts),
        table=naming.table(("office", "budget", "committed", "left", "paid", *STATUSES), rows),
    )


def _list(
    found: Sequence[Voucher], counted: int, chosen: Filter, page: int, names: Mapping[str, Link], naming: Naming
) -> Section:
    heading = naming.say("vouchers", count=f"{counted:,}")
    given = {name: value for name, value in chosen._asdict().items() if value}
    if not found:
        return Section(
            heading, naming.say("list.none" if given or page > 1 else "list.empty"), form=_form(chosen, names, naming)
        )
    rows: list[list[Cell]] = [
        [
            names[one.office], Link(one.id, f"/vouchers/{one.id}"), naming.say(f"status.{one.status}"),
            naming.say(f"mode.{one.mode}"), _named(one.holder, one.holder_name, names), one.expires_on,
            yuan(one.amount_fen), yuan(one.paid_fen) if one.paid_fen else "",
            _named(one.institution, one.institution_name, names), one.period,
        ]
        for one in found
    ]  # fmt: skip
    last = -(-counted // _A_PAGE)
    pages = turned(page, last, lambda to: address("/vouchers", [*given.items(), ("page", str(to))]))
    columns = ("office", "voucher", "status", "mode", "holder", "expires_on", "amount", "paid", "institution", "period")
    about = naming.say("page", page=page, pages=last)
    return Section(heading, about, form=_form(chosen, names, naming), table=naming.table(columns, rows), pages=pages)


def _named(thing: str, name: str, names: Mapping[str, Link]) -> Cell:
    """A holder or institution: as the graph calls it, else as the voucher does."""
    found = names.get(thing)
    return found if found and found.node_id else name or thing


def _form(chosen: Filter, names: Mapping[str, Link], naming: Naming) -> Form:
    anyone = ("", naming.say("any"))
    offices = [(one, link.text) for one, link in names.items() if one.startswith("place:")]
    choices = {
        "status": [anyone, *((one, naming.say(f"status.{one}")) for one in STATUSES)],
        "office": [anyone, *sorted(offices)],
        "mode": [anyone, *((mode.value, naming.say(f"mode.{mode}")) for mode in Mode)],
    }
    fields = [
        Field(name, naming.say(f"column.{name}"), values=[value], choices=choices.get(name, ()))
        for name, value in chosen._asdict().items()
    ]
    return Form("/vouchers", fields, naming.say("show"))


def rules_section(naming: Naming) -> Section:
    """The rules there are: their figures, and which have no public source."""
    rows: list[list[Cell]] = []
    for file in rule_files(KIND, naming.own_rules):
        rules = voucher_rules(file.name, naming.own_rules)
        figures = [rules.firm_ceiling_cny, rules.team_ceiling_cny, rules.share_of_contract, rules.payout_months]
        said = [f"{figures[0].value:,.0f}", f"{figures[1].value:,.0f}", Text("ledger.share", share=Share(figures[2].value)),
                f"{figures[3].value:.0f}"]  # fmt: skip
        marks = [naming.say("assumed") if one.status == "assumption" else "" for one in figures]
        cells = [
            f"{one.in_(naming.language) if isinstance(one, Text) else one}{mark}"
            for one, mark in zip(said, marks, strict=True)
        ]
        parts = Counter(path.partition(".")[0] for path in rules.unsourced())
        unsourced = naming.say(
            "unsourced.names", names=[Text(f"ledger.rule.{part}", count=n) for part, n in parts.items()]
        )
        rows.append([rules.name.in_(naming.language), *cells, unsourced])
    columns = ("rules", "firm_ceiling", "team_ceiling", "share", "payout", "unsourced")
    return Section(naming.say("rules"), naming.say("rules.about"), table=naming.table(columns, rows))


def _taken(naming: Naming) -> Section:
    links = [Link(naming.say("to_settlement"), "/settlement"), Link(naming.say("to_api"), "/docs")]
    return Section(naming.say("more"), naming.say("more.about"), links=links)


def voucher_page(ledger: Ledger, voucher_id: str, naming: Naming) -> str:
    """A voucher, and what was booked on it. Raises `Missing`."""
    found, entries = ledger.history(voucher_id)
    names = naming.links([found.office, found.holder_place, found.institution_place, found.holder, found.institution])
    has_rules = found.rules in dict(rule_files(KIND, naming.own_rules))  # A file of one's own may be gone.
    rules = voucher_rules(found.rules, naming.own_rules) if has_rules else None
    service = rules.catalogue.get(found.service) if rules else None
    facts: list[tuple[str, Cell]] = [
        (naming.say("column.status"), naming.say(f"status.{found.status}")),
        (naming.say("column.mode"), naming.say(f"mode.{found.mode}")),
        (naming.say("column.office"), names[found.office]),
        (naming.say("column.holder"), _named(found.holder, found.holder_name, names)),
        (naming.say("field.holder_place"), names[found.holder_place]),
        (naming.say("column.amount"), yuan(found.amount_fen)),
        (naming.say("field.valid_from"), found.valid_from),
        (naming.say("column.expires_on"), found.expires_on),
        (naming.say("field.rules"), rules.name.in_(naming.language) if rules else found.rules),
    ]
    if found.status == "redeemed":
        facts += [
            (naming.say("column.paid"), yuan(found.paid_fen)),
            (naming.say("column.institution"), _named(found.institution, found.institution_name, names)),
            (naming.say("field.institution_place"), names[found.institution_place]),
            (naming.say("field.service"), service.text.in_(naming.language) if service else found.service),
            (naming.say("column.period"), Link(found.period, address("/settlement", [("period", found.period)]))),
        ]
    rows: list[list[Cell]] = [
        [entry.number, entry.at, act_called(entry.kind).in_(naming.language), entry.actor, entry.hash]
        for entry in entries
    ]
    booked = Section(naming.say("booked_on_it"), table=naming.table(("entry", "at", "act", "actor", "hash"), rows))
    forms = []
    if found.status == "issued":
        forms = [naming.form(Redeem, rules=found.rules, voucher=found.id)] if rules else []
        forms.append(naming.form(Void, voucher=found.id))
    return naming.page("one", [Section(found.id, facts=facts), booked], forms, voucher=found.id)


# --- settlement ------------------------------------------------------------------------------------------------------


def settlement_page(ledger: Ledger, period: str, naming: Naming) -> str:
    """A period, the last one that something was booked into where none is named."""
    closed, running = {one.period for one in ledger.periods()}, ledger.open_periods()
    known = sorted({*closed, *running}, reverse=True)
    if not known and not period:
        return naming.page(
            "settlement", [Section(naming.say("periods"), naming.say("periods.none"))], [rules_section(naming)]
        )
    found = ledger.statement(checked_period(period) if period else known[0])
    choices = [(one, f"{one} · {naming.say('closed' if one in closed else 'open')}") for one in known]
    fields = [Field("period", naming.say("column.period"), values=[found.period], choices=choices)]
    links = [Link(naming.say("statement"), f"/settlement/{found.period}/statement"),
             Link("JSON", f"/api/settlement/{found.period}"), Link(naming.say("to_vouchers"), f"/vouchers?period={found.period}")]  # fmt: skip
    head = Section(f"{found.period} · {_state(found, naming)}", _in_short(found, naming),
                   form=Form("/settlement", fields, naming.say("show")), links=links, facts=_facts(found, naming))  # fmt: skip
    forms = (
        [] if found.is_closed else [naming.form(Close, period=found.period), naming.form(Correct, period=found.period)]
    )
    return naming.page("settlement", [head, *_debts(found, naming, is_drawn=True)], [rules_section(naming), *forms])


def statement_page(ledger: Ledger, period: str, naming: Naming) -> str:
    """The statement of a period, made for paper."""
    found = ledger.statement(checked_period(period))
    last = ledger.entries(limit=1)
    head = [(naming.say("column.state"), _state(found, naming)), *_facts(found, naming)]
    if found.is_closed:
        entry = ledger.entries(limit=1, after=(found.entry or 1) - 1)[0]
        head += [(naming.say("column.closed_at"), entry.at), (naming.say("column.closed_by"), entry.actor),
                 (naming.say("column.hash"), entry.hash)]  # fmt: skip
    elif last:
        head.append((naming.say("column.hash"), last[0].hash))
    sections = [Section(found.period, _in_short(found, naming), facts=head), *_debts(found, naming, is_drawn=False),
                Section(naming.say("signed"), naming.say("signed.about"))]  # fmt: skip
    return naming.page("statement", sections, period=found.period)


def _state(found: Statement, naming: Naming) -> str:
    return naming.say("closed_by", entry=found.entry) if found.is_closed else naming.say("preview")


def _in_short(found: Statement, naming: Naming) -> str:
    if not found.gross_fen:
        return naming.say("settlement.nothing")
    saved = 1 - found.residual_fen / found.gross_fen
    more = found.central_fen - found.residual_fen
    return naming.say(
        "settlement.short",
        cleared=yuan(found.cleared_fen),
        share=Share(saved),
        central=yuan(found.central_fen),
        more=yuan(more),
    )


def _facts(found: Statement, naming: Naming) -> list[tuple[str, Cell]]:
    amounts = ("gross", "cleared", "residual", "net", "central")
    return [(naming.say(f"column.{name}"), yuan(getattr(found, f"{name}_fen"))) for name in amounts]


def _debts(found: Statement, naming: Naming, *, is_drawn: bool) -> list[Section]:
    """What was owed and what remains to be paid, as tables, and drawn."""
    names = naming.links(place for debt in found.owed for place in (debt.debtor, debt.creditor))
    left = {(one.debtor, one.creditor): one.amount_fen for one in found.payments}
    paying: list[list[Cell]] = [[names[a], names[b], yuan(fen)] for (a, b), fen in left.items()]
    owing: list[list[Cell]] = [
        [names[one.debtor], names[one.creditor], yuan(one.amount_fen), yuan(left.get((one.debtor, one.creditor), 0))]
        for one in found.owed
    ]
    if not owing:
        return []
    drawn = [
        Section(naming.say("drawn"), naming.say("drawn.about"), figure=Figure("map.html", _drawn(found, names, naming)))
    ]
    return [
        Section(naming.say("payments"), naming.say("payments.about" if paying else "payments.none"),
                table=naming.table(("debtor", "creditor", "amount"), paying) if paying else None),
        *(drawn if is_drawn else []),
        Section(naming.say("owed"), naming.say("owed.about"), table=naming.table(("debtor", "creditor", "owed", "remains"), owing)),
    ]  # fmt: skip


def _drawn(found: Statement, names: Mapping[str, Link], naming: Naming) -> dict[str, object]:
    """The places on a circle, with what is owed and what remains to be paid between them."""
    around = [-pi / 2 + 2 * pi * number / len(names) for number in range(len(names))]
    points = [
        Point(
            place, WIDTH / 2 + cos(angle) * _HEIGHT * 0.75, _HEIGHT / 2 + sin(angle) * _HEIGHT * 0.38, cos(angle) < -0.1
        )
        for place, angle in zip(sorted(names), around, strict=True)
    ]
    debts: list[tuple[int, Debt]] = [*((0, one) for one in found.owed), *((1, one) for one in found.payments)]
    flows = [(one.debtor, one.creditor, kind, one.amount_fen) for kind, one in debts]
    words = [f"{names[one.debtor].text} → {names[one.creditor].text}: {yuan(one.amount_fen)}" for _, one in debts]
    legend = [(0, naming.say("owed")), (1, naming.say("payments"))]
    linked = [(point, Link(names[point.id].text, LINKS.node_of(point.id))) for point in points]
    lines = list(zip(lines_of(points, flows), words, strict=True))
    return {"width": WIDTH, "height": _HEIGHT, "points": linked, "lines": lines, "legend": legend}
