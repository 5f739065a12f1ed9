"""Commands about money: vouchers, their settlement, the ledger and the keys of those who write into it."""

import csv
import getpass
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args

import typer

from api.settings import Settings, chosen_language
from api.terminal import OUT, SpokenGroup, opened, option, put, said, say, table_of, taking, there
from graph.durable import writable
from graph.errors import CorridorError, LedgerBroken, UsageError, wrong
from graph.texts import Text
from ledger.requests import (
    IN_TABLES,
    Actor,
    Asked,
    Close,
    Correct,
    MakeKey,
    Revoke,
    act_called,
    at_the_machine,
    checked_period,
    field_called,
    field_text,
)

if TYPE_CHECKING:
    from pydantic import ValidationError

    from ingest.readers.read import RawTable
    from ledger.chain import Entry
    from ledger.ledger import Ledger
    from ledger.settlement import Debt

_SHOWN_PROBLEMS = 20

commands = typer.Typer()


def _group(name: str) -> typer.Typer:
    made = typer.Typer(cls=SpokenGroup, no_args_is_help=True, help=said(f"ledger.help.{name}"))
    commands.add_typer(made, name=name)
    return made


voucher, settle, ledger_commands, key = map(_group, ("voucher", "settle", "ledger", "key"))


@contextmanager
def _ledger() -> Iterator["Ledger"]:
    """The ledger of the settings."""
    from api.money import ledger_at

    settings = Settings()
    found = ledger_at(settings.ledger.get_secret_value(), settings.home)
    if found.database.is_read_only:
        say(said("ledger.read_only", url=found.database.shown))
    try:
        yield found
    finally:
        found.close()


def _print(ledger: "Ledger", title: str, columns: Sequence[str], rows: list[tuple[object, ...]]) -> None:
    """A table of what a ledger has; of that of the invented year it says so."""
    title = said("ledger.sample.marked", what=title) if ledger.is_sample() else title
    OUT.print(table_of(title, tuple(said(f"ledger.field.{name}") for name in columns), rows))


def _me() -> Actor:
    return at_the_machine(getpass.getuser())


# --- requests --------------------------------------------------------------------------------------------------------


def _books(group: typer.Typer, name: str, kind: type[Asked]) -> None:
    """A command that books requests of a kind: their fields are its options."""

    def book(**given: object) -> None:
        asked = _asked(kind, **{name: value for name, value in given.items() if value is not None})
        with _ledger() as ledger:
            put(f"{_booked(ledger, asked).subject}\n")

    options = []
    for field, info in kind.model_fields.items():
        of, how = _type_of(info.annotation), typer.Option(help=said(f"ledger.field.{field}"))
        is_needed = info.is_required()
        options.append(
            option(field, Annotated[of, how]) if is_needed else option(field, Annotated[of | None, how], None)
        )
    group.command(name, help=said(f"ledger.help.{kind.kind}"))(taking(book, options))


def _asked(kind: type[Asked], **given: object) -> Asked:
    """A request of what was given. Raises `UsageError` with the first thing that is wrong."""
    from pydantic import ValidationError

    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise UsageError(_problem(error)) from error


def _problem(error: "ValidationError") -> Text:
    """The first thing that is wrong with a request, its field called as in the template too."""
    first = error.errors(include_url=False)[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    return wrong(first, field_called(field) or "")


def _type_of(annotation: object) -> Any:
    """Whole numbers as such; all else as text, which the request checks."""
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return int if int in kinds else str


def _booked(ledger: "Ledger", asked: Asked) -> "Entry":
    from api.money import with_relations

    [asked] = with_relations(ledger, [asked], opened(None))
    entry = ledger.book(asked, _me())
    say(said("ledger.booked", entry=entry.number, what=entry.subject))
    return entry


for _name, _kind in IN_TABLES.items():
    _books(voucher, _name, _kind)
_books(settle, "close", Close)
_books(settle, "correct", Correct)


@voucher.command(help=said("ledger.help.expire"))
def expire() -> None:
    """Let vouchers that ran out give back what they hold."""
    with _ledger() as ledger:
        say(said("ledger.expired", count=ledger.expire(_me())))


@voucher.command("import", help=said("ledger.help.import"))
def import_table(
    file: Annotated[Path, typer.Argument(help=said("ledger.help.import.file"), callback=there)],
    rows: Annotated[
        Literal["issue", "redeem", "void", "budget"], typer.Option("--as", help=said("ledger.help.import.as"))
    ],
) -> None:
    """Book the rows of a table; exit code 1 where some are refused."""
    from api.money import with_relations
    from ledger.ledger import MOST_AT_ONCE

    problems: list[_Refusal] = []
    numbers: set[int] = set()
    again = twice = 0
    requests = iter(
        list(_Rows(file, IN_TABLES[rows], problems))
    )  # What is wrong with a sheet is known before the first row is booked.
    with _ledger() as ledger:
        last = ledger.last_number()
        try:
            while part := list(islice(requests, MOST_AT_ONCE)):
                asked = with_relations(ledger, [one for _, one in part], opened(None))
                for (where, _), result in zip(part, ledger.book_all([(one, _me()) for one in asked]), strict=True):
                    if isinstance(result, CorridorError):
                        problems.append(_Refusal(*where, result.text.in_(chosen_language())))
                    else:
                        again += result.number <= last
                        twice += result.number in numbers
                        numbers |= {result.number} if result.number > last else set()
        finally:
            say(said("ledger.imported", booked=len(numbers), refused=len(problems)))
            if twice:
                say(said("ledger.imported_twice", count=twice))
        if again:
            say(said("ledger.imported_before", count=again, file=file.name))
        if problems:
            title = said("ledger.refused_rows", count=len(problems))
            has_sheets = any(one.sheet for one in problems)
            shown: list[tuple[object, ...]] = [
                one[1 if has_sheets else 2 :] for one in sorted(problems)[:_SHOWN_PROBLEMS]
            ]
            _print(ledger, title, ("sheet", "row", "reason")[0 if has_sheets else 1 :], shown)
            raise typer.Exit(1)


class _Where(NamedTuple):
    """A row of a file; of a workbook its sheet, with its place among them."""

    order: int
    sheet: str
    row: int


class _Refusal(NamedTuple):
    """A row that was not booked, and why."""

    order: int
    sheet: str
    row: int
    reason: str


class _Rows:
    """The requests of a table's rows; a row of a file of the same name asks for the same, so that it is booked once and
    refused where it says something else then. What is none is added to the problems; a sheet that is no such table is named and
    left out.

    Raises `UsageError` for a table with headings that are not known, or two for one field.
    """

    def __init__(self, file: Path, kind: type[Asked], problems: list[_Refusal]) -> None:
        self._file, self._kind, self._problems = file, kind, problems
        self._fields = {said_: name for name in kind.model_fields for said_ in (name, *_names(name))}
        self._numbers = {name for name, info in kind.model_fields.items() if _type_of(info.annotation) is int}

    def __iter__(self) -> Iterator[tuple[_Where, Asked]]:
        from ingest.mapping.surroundings import Surroundings
        from ingest.readers.read import read

        order: dict[str, int] = {}
        others: dict[str, list[str]] = {}
        around = Surroundings()
        for raw in read(self._file):
            headings = raw.columns.column_names
            if not self._fields.keys() & set(headings):
                others[raw.name] = headings
                continue
            self._check_headings(raw.name, headings)
            sheet = raw.name.removeprefix(self._file.name).removeprefix("[").removesuffix("]")
            yield from self._of(around.records(raw), order.setdefault(raw.name, len(order)), sheet)
        for name, headings in others.items():
            if not order:
                raise self._unknown(name, headings)
            say(said("ledger.sheet_left_out", sheet=name))
        for row in around.left_out:
            say(Text.unpacked(row).in_(chosen_language()))

    def _check_headings(self, table: str, headings: Sequence[str]) -> None:
        if unknown := [heading for heading in headings if heading not in self._fields]:
            raise self._unknown(table, unknown)
        for number, heading in enumerate(headings):
            for other in headings[:number]:
                if self._fields[other] == self._fields[heading]:
                    both = {"one": other, "other": heading, "field": field_called(self._fields[heading])}
                    raise UsageError(Text("ledger.two_columns", table=table, **both))

    def _unknown(self, table: str, columns: Sequence[str]) -> UsageError:
        known = [field_called(field) or field for field in self._kind.model_fields]
        return UsageError(Text("ledger.unknown_columns", table=table, columns=[*columns], known=known))

    def _of(self, table: "RawTable", order: int, sheet: str) -> Iterator[tuple[_Where, Asked]]:
        from pydantic import ValidationError

        language = chosen_language()
        for one in (*table.problems, *table.faults):
            self._problems.append(_Refusal(order, sheet, one.row, Text.unpacked(one.reason).in_(language)))
        broken = {one.row for one in table.faults}
        for number, row in zip(table.rows.to_pylist(), table.columns.to_pylist(), strict=True):
            if number in broken:
                continue
            given = {self._fields[heading]: value for heading, value in row.items() if value is not None}
            given = {name: _value(value) if name in self._numbers else value for name, value in given.items()}
            asked = {"request": f"table {table.name[-150:]} {number}", **given}
            try:
                yield _Where(order, sheet, number), self._kind.model_validate(asked)
            except ValidationError as error:
                self._problems.append(_Refusal(order, sheet, number, _problem(error).in_(language)))


def _names(field: str) -> list[str]:
    from graph.texts import Language

    return [Text(f"ledger.field.{field}").in_(language) for language in Language]


def _value(text: str) -> object:
    """A cell as the whole number that it is; what is none is refused as it stands."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() and len(text) < 100 else text


# --- reading ---------------------------------------------------------------------------------------------------------


@voucher.command("list", help=said("ledger.help.list"))
def list_vouchers(
    status: Annotated[str, typer.Option(help=said("ledger.field.status"))] = "",
    office: Annotated[str, typer.Option(help=said("ledger.field.office"))] = "",
    period: Annotated[str, typer.Option(help=said("ledger.field.period"))] = "",
    text: Annotated[str, typer.Option(help=said("ledger.help.list.text"))] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help=said("ledger.help.list.limit"))] = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help=said("ledger.help.list.csv"))] = False,
) -> None:
    """Vouchers, the last issued first."""
    from graph.model import plain_cell
    from ledger.judge import yuan
    from ledger.ledger import Filter
    from ledger.state import Voucher

    with _ledger() as ledger:
        chosen = ledger.chosen(Filter(status, office, "", period, text))
        found, count = ledger.vouchers(chosen, limit), sum(one.vouchers for one in ledger.sums(chosen))
        if as_csv:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(Voucher._fields)
            writer.writerows([plain_cell(cell) if isinstance(cell, str) else cell for cell in one] for one in found)
        else:
            rows: list[tuple[object, ...]] = [
                (one.id, _word("status", one.status), _word("mode", one.mode), one.holder_name or one.holder, one.expires_on,
                 yuan(one.amount_fen), yuan(one.paid_fen) if one.paid_fen else "", one.institution_name or one.institution, one.period)
                for one in found
            ]  # fmt: skip
            columns = (
                "voucher", "status", "mode", "holder", "expires_on", "amount_yuan", "paid_yuan", "institution", "period",
            )  # fmt: skip
            _print(ledger, said("ledger.vouchers", count=count), columns, rows)
    if len(found) < count:
        say(said("common.shown", shown=len(found), found=count))


def _word(kind: str, name: str) -> str:
    return said(f"ledger.{kind}.{name}")


@voucher.command("show", help=said("ledger.help.show"))
def show_voucher(voucher_id: Annotated[str, typer.Argument(help=said("ledger.field.voucher"))]) -> None:
    """A voucher and all that was booked on it."""
    with _ledger() as ledger:
        found, booked = ledger.history(voucher_id)
        facts = [_fact(name, value) for name, value in found._asdict().items() if value not in ("", 0)]
        _print(ledger, voucher_id, ("what", "value"), facts)
        _print_entries(ledger, booked, said("ledger.entries", count=len(booked)))


def _fact(name: str, value: str | int) -> tuple[object, ...]:
    """What a field of a voucher is called and says: places with their names, choices in words, amounts in yuan."""
    from api.money import place_name
    from ledger.judge import yuan

    shown: object = value
    if isinstance(value, int):
        shown = yuan(value) if name.endswith("_fen") else value
    elif name in ("status", "mode", "holder_kind"):
        shown = _word(name, value)
    elif value.startswith("place:"):
        shown = f"{place_name(value)} {value}"
    return field_text("voucher" if name == "id" else name).in_(chosen_language()), shown


def _print_entries(ledger: "Ledger", entries: Sequence["Entry"], title: str) -> None:
    rows: list[tuple[object, ...]] = [
        (e.number, e.at, act_called(e.kind).in_(chosen_language()), e.subject, e.actor, e.body) for e in entries
    ]
    columns = ("entry", "at", "act", "about_what", "actor", "said")
    _print(ledger, title, columns, rows)


def _statement(typed: str, *, closed: bool) -> None:
    from ledger.judge import yuan

    period = checked_period(typed)
    with _ledger() as ledger:
        found = ledger.statement(period)
        if closed and not found.is_closed:
            raise UsageError(Text("ledger.not_closed", period=period))
        for heading, debts in (("owed", found.owed), ("payments", found.payments)):
            _print(ledger, said(f"ledger.{heading}"), ("debtor", "creditor", "amount_yuan"), _debt_rows(debts))
    state = said("ledger.closed_by", entry=found.entry) if found.is_closed else said("ledger.preview")
    say(f"{period} · {state}")
    amounts = {name: yuan(getattr(found, f"{name}_fen")) for name in ("gross", "cleared", "residual", "net", "central")}
    say(said("ledger.in_all", **amounts))


def _debt_rows(debts: Sequence["Debt"]) -> list[tuple[object, ...]]:
    from api.money import place_name
    from ledger.judge import yuan

    return [(place_name(one.debtor), place_name(one.creditor), yuan(one.amount_fen)) for one in debts]


_PeriodArgument = Annotated[str, typer.Argument(help=said("ledger.field.period"))]


@settle.command(help=said("ledger.help.preview"))
def preview(period: _PeriodArgument) -> None:
    """What would remain to be paid if a period were closed now."""
    _statement(period, closed=False)


@settle.command("show", help=said("ledger.help.settle_show"))
def show_settlement(period: _PeriodArgument) -> None:
    """The statement of a closed period."""
    _statement(period, closed=True)


@settle.command("export", help=said("ledger.help.settle_export"))
def export_settlement(
    period: _PeriodArgument,
    output: Annotated[Path, typer.Option("--out", "-o", help=said("ledger.help.settle_export.out"))],
) -> None:
    """The statement as a file."""
    with _ledger() as ledger:
        text = ledger.statement(checked_period(period)).model_dump_json(indent=2) + "\n"
    with writable(output):
        output.write_text(text, encoding="utf-8")
    say(said("cli.written", path=output))


# --- ledger and keys -------------------------------------------------------------------------------------------------


@ledger_commands.command(help=said("ledger.help.check"))
def check(expect: Annotated[str, typer.Option(help=said("ledger.help.check.expect"))] = "") -> None:
    """Follow the chain, and compare what is kept with what it makes."""
    with _ledger() as ledger:
        state, found = ledger.check(), ledger.entry_of(expect.strip().lower()) if expect else None
    say(said("ledger.sound", entries=state.number, hash=state.head))
    if found:
        say(said("ledger.expected", entry=found.number, at=found.at, more=state.number - found.number))
    elif expect:
        raise LedgerBroken(Text("ledger.not_expected", hash=expect))


@ledger_commands.command(help=said("ledger.help.upgrade"))
def upgrade() -> None:
    """Make the ledger, or bring its tables up to date."""
    with _ledger() as ledger:
        ledger.database.upgrade()
        say(said("ledger.ready", url=ledger.database.shown))


@ledger_commands.command(help=said("ledger.help.backup"))
def backup(file: Annotated[Path, typer.Argument(help=said("ledger.help.backup.file"))]) -> None:
    """A whole copy of the ledger, also while others write."""
    with _ledger() as ledger, writable(file):
        ledger.database.copied(file)
    say(said("cli.written", path=file))


@ledger_commands.command("entries", help=said("ledger.help.entries"))
def entries(
    about: Annotated[str, typer.Option(help=said("ledger.field.about_what"))] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=said("ledger.help.list.limit"))] = 20,
) -> None:
    """The last entries: who did what."""
    with _ledger() as ledger:
        found = ledger.entries(about, limit)
        _print_entries(ledger, found, said("ledger.entries_last", count=len(found)))


@ledger_commands.command("export", help=said("ledger.help.ledger_export"))
def export(folder: Annotated[Path, typer.Argument(help=said("ledger.help.folder"))]) -> None:
    """All entries as files that somebody else can check."""
    from ledger.audit import export as exported

    with _ledger() as ledger, writable(folder):
        last = exported(ledger, folder)
    say(said("ledger.exported", entries=last.number if last else 0, path=folder))


@key.command("create", help=said("ledger.help.key_create"))
def create_key(
    name: Annotated[str, typer.Argument(help=said("ledger.help.key_name"))],
    scope: Annotated[list[str], typer.Option(help=said("ledger.help.scope"))],
) -> None:
    """A new key: it is shown once, and only its hash is kept."""
    from api.keys import hash_of_key

    token = f"corridor_{secrets.token_hex(32)}"
    with _ledger() as ledger:
        _booked(ledger, _asked(MakeKey, name=name, scopes=scope, hash=hash_of_key(token)))
    say(said("ledger.key_made"))
    put(f"{token}\n")


@key.command("list", help=said("ledger.help.key_list"))
def list_keys() -> None:
    """All keys, the revoked ones too."""
    with _ledger() as ledger:
        rows: list[tuple[object, ...]] = [
            (one.name, one.scopes, one.made_by, one.revoked_by or "") for one in ledger.api_keys()
        ]
        _print(ledger, said("ledger.keys", count=len(rows)), ("key", "scopes", "made_by", "revoked_by"), rows)


@key.command("revoke", help=said("ledger.help.key_revoke"))
def revoke_key(
    name: Annotated[str, typer.Argument(help=said("ledger.help.key_name"))],
    why: Annotated[str, typer.Option(help=said("ledger.field.why"))],
) -> None:
    """Take a key back."""
    with _ledger() as ledger:
        _booked(ledger, _asked(Revoke, name=name, why=why))
