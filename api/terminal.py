"""What the commands share: consoles, the store of the settings, progress, and how errors end."""

import gc
import gettext
import inspect
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partialmethod
from pathlib import Path
from threading import Timer
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command_from_info
from typer.models import CommandInfo

from api.settings import Settings, at_line, chosen_language
from graph.errors import UnknownName, UsageError, wrong
from graph.store import GraphStore
from graph.store import Progress as Report
from graph.texts import Language, NoText, Text, texts_of

_ORDERS = dict.fromkeys(
    (*(code for code in range(32) if chr(code) not in "\t\n\r"), *range(0x7F, 0xA0), *range(0x202A, 0x202F),
     *range(0x2066, 0x206A))
)  # fmt: skip
"""Characters that a terminal obeys: control characters, and marks that turn the direction of text."""
_PATIENCE_SECONDS = 2
"""How long nothing is said while an answer is made."""


def harmless(text: str) -> str:
    """A text without what a terminal would obey.

    >>> harmless("\\x1b[31m甲")
    '[31m甲'
    """
    return text.translate(_ORDERS)


class _Terminal(Console):
    """A console that shows what data hold and never obeys it, wherever in a table, a line or an error it stands."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments of what is printed. Nothing is put in for what is left out, so that no cell grows too wide."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))


OUT = _Terminal()
ERR = _Terminal(stderr=True)


def said(id_of_text: str, **values: object) -> str:
    """A text of the catalogue in the language of who is at the terminal; without it the program ends, as it does not start."""
    try:
        return Text(id_of_text, **values).in_(chosen_language())
    except NoText as error:
        sys.exit(error.args[0])


def _typers_word(message: str) -> str:
    """A word of typer's own in the language of who is at the terminal."""
    return texts_of("typer", chosen_language()).get(message, message)


# Typer asks gettext, whose catalogues are compiled files of a system; what it says without that is the word before a usage.
gettext.gettext = typer.core._ = _typers_word  # type: ignore[attr-defined]
_usages = typer.Context.formatter_class
_usages.write_usage = partialmethod(_usages.write_usage, prefix=f"{said('cli.usage')} ")  # type: ignore[assignment]

StoreOption = Annotated[str | None, typer.Option("--store", help=said("cli.help.store"))]


def there(paths: Path | Sequence[Path] | None) -> Any:
    """The files and folders that an argument names. Raises `UsageError` where one is not there."""
    for path in [paths] if isinstance(paths, Path) else paths or ():
        if not path.exists():
            raise UsageError(Text("errors.cannot_read", path=path, why=Text("errors.os.enoent")))
    return paths


def fail(message: Text, code: int) -> NoReturn:
    """Say an error in one sentence and end with a code."""
    ERR.print(said("cli.error", message=message), style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(code)


def first_problem(error: ValidationError) -> Text:
    """The first thing that is wrong with parameters."""
    return wrong(error.errors(include_url=False)[0])


@contextmanager
def opened(url: str | None) -> Iterator[GraphStore]:
    """The store at an address, or that of the settings; closed afterwards."""
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)
    store = Settings().open_store(url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def progress() -> Iterator[Report]:
    """A progress bar on standard error: what is done, how much a second, how long it takes yet."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=ERR, transient=True) as bar:
        tasks: dict[str, int] = {}

        def report(doing: Text | str, done: int, total: int) -> None:
            doing = doing.in_(chosen_language()) if isinstance(doing, Text) else doing
            if doing not in tasks:
                for old in tasks.values():
                    bar.update(bar.task_ids[old], visible=False)
                tasks[doing] = len(bar.task_ids)
                bar.add_task(doing, total=total or None)
            bar.update(bar.task_ids[tasks[doing]], completed=done, total=total or None)

        yield report


@contextmanager
def waiting() -> Iterator[Callable[[Text], None]]:
    """Who waits longer than `_PATIENCE_SECONDS` for an answer is told on standard error what is being done."""
    status = ERR.status(said("common.doing.reading"))
    timer = Timer(_PATIENCE_SECONDS, status.start)
    timer.daemon = True
    if ERR.is_terminal:
        timer.start()
    try:
        yield lambda doing: status.update(escaped(doing.in_(chosen_language())))
    finally:
        timer.cancel()
        if timer.ident:
            timer.join()
        status.stop()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let Python look for unused cycles of objects less often, and not among those that are there already.

    A load makes millions of rows, which hold no cycles: to look through them takes a tenth of its time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def option(name: str, annotation: object, default: object = inspect.Parameter.empty) -> inspect.Parameter:
    """An option that is made out of what a question or a request takes."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def taking(command: Callable[..., None], options: Sequence[inspect.Parameter]) -> Callable[..., None]:
    """A command with options that are made, where typer looks for those that are written."""
    command.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in options}
    return command


def say(text: str) -> None:
    """A line on standard error, as it is."""
    ERR.print(text, markup=False, highlight=False, soft_wrap=True)


def put(text: str) -> None:
    """A text on standard output, for programs as it is."""
    print(harmless(text) if sys.stdout.isatty() else text, end="")


def escaped(text: str) -> str:
    """A text from data, so that the terminal takes nothing in it for markup."""
    return text.replace("[", "\\[")


def table_of(
    title: str, headings: tuple[str, ...], rows: Iterator[tuple[object, ...]] | list[tuple[object, ...]]
) -> Table:
    """A table for people."""
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(escaped("" if cell is None else str(cell)) for cell in row))
    return table


def _speaking(
    language: Annotated[
        Language | None, typer.Option("--language", help=said("cli.help.language"), expose_value=False)
    ] = None,
) -> None:
    """What every command takes besides; `chosen_language` has read it."""


_LANGUAGE = get_command_from_info(
    CommandInfo("speaking", callback=_speaking), pretty_exceptions_short=False, rich_markup_mode=None
).params[0]


class SpokenGroup(TyperGroup):
    """Commands whose help and mistakes are said in the reader's language where typer's own texts are English."""

    def main(
        self, args: Any = None, prog_name: Any = None, complete_var: Any = None, standalone_mode: bool = True, *more: Any,
        **extra: Any,
    ) -> Any:  # fmt: skip
        """Run a command; what typer refuses is said as our own errors are."""
        with at_line(args):
            try:
                done = super().main(args, prog_name, complete_var, False, *more, **extra)
            except (typer.Abort, TyperException) as error:
                if not standalone_mode:
                    raise
                _refuse(error)
        return sys.exit(done) if standalone_mode else done

    def get_params(self, ctx: Any) -> list[Any]:  # the types are of typer's own copy of click
        """The options, those that typer adds too."""
        return [_LANGUAGE, *(_spoken(param) for param in super().get_params(ctx))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command, its option for help in the reader's language."""
        command = self.command_named(ctx, cmd_name)
        if command is None:
            raise UnknownName("command", cmd_name, self.list_commands(ctx))
        _spoken(command.get_help_option(ctx))
        command.options_metavar = said("cli.usage.options")
        if not isinstance(command, SpokenGroup) and _LANGUAGE not in command.params:
            command.params.append(_LANGUAGE)
        return command

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What a line of usage says behind the name of the group."""
        return [said("cli.usage.options"), said("cli.usage.command")]

    def command_named(self, ctx: Any, name: str) -> Any:
        """The command of a name, `None` where there is none."""
        return super().get_command(ctx, name)


_TYPERS_OWN = {"help": "help", "install_completion": "completion.install", "show_completion": "completion.show"}


def _spoken(param: Any) -> Any:
    if param.name in _TYPERS_OWN:
        param.help = said(f"cli.help.{_TYPERS_OWN[param.name]}")
    return param


def _refuse(error: typer.Abort | TyperException) -> NoReturn:
    """Say what typer does not take, below how the command is used."""
    if isinstance(error, typer.Abort):
        fail(Text("cli.aborted"), 1)
    kind, context = type(error).__name__, getattr(error, "ctx", None)
    if kind == "NoArgsIsHelpError":  # The help has been shown.
        sys.exit(error.exit_code)
    if context is not None:
        say(context.get_usage())
        say(said("cli.usage.help", command=f"{context.command_path} --help"))
    fail(_mistake(kind, error, context), error.exit_code)


_EXTRA = "Got unexpected extra argument(s) ("


def _mistake(kind: str, error: Any, context: Any) -> Text:
    """What typer refuses, by the type of its error, which says it in English."""
    param: Any = getattr(error, "param", None)
    where = param.get_error_hint().replace("'", "") if param else ""
    if kind == "NoSuchOption":
        known = (name for one in context.command.get_params(context) for name in (*one.opts, *one.secondary_opts))
        return UnknownName("option", error.option_name, [name for name in known if name.startswith("--")]).text
    if kind == "MissingParameter":
        return Text("errors.wrong", where=where, why=Text("errors.wrong.missing"))
    if kind == "BadOptionUsage":
        return Text("cli.usage.value", option=error.option_name)
    if isinstance(error.__cause__, ValidationError):
        first: Any = error.__cause__.errors(include_url=False)[0]
        kind_of_value = param.type_descriptor
        if kind_of_value.choices:  # Of these two typer says the reason itself.
            expected = ", ".join(str(getattr(one, "value", one)) for one in kind_of_value.choices)
            first.update(type="enum", ctx={"expected": expected})
        elif kind_of_value.is_datetime:
            first["type"] = "date_parsing"
        return wrong(first, f"{where} {first['input']}")
    if error.message.startswith(_EXTRA):
        return Text("cli.usage.extra", what=error.message.removeprefix(_EXTRA).rstrip(")"))
    return Text.both(error.format_message(), error.format_message())
