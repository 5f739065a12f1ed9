"""The command line: load, inspect, explain, review, ask, page, serve, demo. What ends with which code says `graph.errors`."""

import csv
import inspect
import io
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import EnumType, StrEnum
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_args, get_origin

import typer
from pydantic import SecretStr, ValidationError
from rich.cells import cell_len
from rich.table import Table
from typer.main import get_command_from_info
from typer.models import CommandInfo

from api import cli_data, cli_ledger
from api.runs import day_of, given_parameters, graph_of_run
from api.settings import Settings, chosen_language
from api.terminal import (
    ERR,
    OUT,
    SpokenGroup,
    StoreOption,
    escaped,
    fail,
    first_problem,
    opened,
    option,
    progress,
    put,
    said,
    say,
    taking,
    waiting,
)
from graph.durable import writable
from graph.errors import CorridorError, Missing, UsageError
from graph.model import plain_cell
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.rules import own_rules
from graph.store import Graph, GraphStore
from graph.texts import Language, NoText, Text, context, label
from queries.answer import Answer, Row, as_json, as_of_text, cut_of, rows_of
from queries.compare import COMPARISON, compared
from queries.reader import Kept, Reader
from queries.registry import Question, is_ours
from queries.saved import SavedQuestion, as_yaml, saved_questions
from queries.tables import Heading, headings, is_told, names_in, names_in_rows, with_names

if TYPE_CHECKING:
    from ingest.pipeline import Checked

_DEMO_ROWS = 8
_ITEMS = 3
_WORD = 14
"""Of a word so many letters stand in one line of a table, of what may break between any two ten."""


def app() -> None:
    """Run the command line: expected errors are one sentence and an exit code, never a stack trace."""
    try:
        commands()
    except (UsageError, Missing) as error:
        fail(error.text, 2)
    except ValidationError as error:
        fail(first_problem(error), 2)
    except CorridorError as error:
        fail(error.text, 1)
    except NoText as error:
        fail(Text.both(error.args[0], error.args[0]), 1)


commands = typer.Typer(
    cls=SpokenGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=said("cli.help.corridor"),
)
commands.add_typer(cli_data.commands)
commands.add_typer(cli_ledger.commands)


# --- ask -------------------------------------------------------------------------------------------------------------


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Engine = Literal["neo4j", "ladybug"]
"""What a statement is printed for."""


class _AskGroup(SpokenGroup):
    """The commands of our questions, and those of the questions that users keep as files."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of our questions."""
        from queries.registry import questions

        return [one.name for one in questions()]

    def command_named(self, ctx: Any, name: str) -> Any:  # the types are of typer's own copy of click
        """The question of that name, made a command when it is asked for: other commands need not wait for all of them."""
        from queries.saved import question_named

        one = question_named(name, Settings().questions_folder)
        help_text = said("cli.question", title=one.title, doc=one.doc)
        return get_command_from_info(
            CommandInfo(one.name, callback=_asker(one), help=help_text),
            pretty_exceptions_short=False, rich_markup_mode=None,
        )  # fmt: skip


ask_commands = typer.Typer(cls=_AskGroup, invoke_without_command=True, help=said("cli.help.ask"))
commands.add_typer(ask_commands, name="ask")


@ask_commands.callback()
def _list_questions(
    context: typer.Context,
    schema: Annotated[
        bool,
        typer.Option("--schema", help=said("cli.help.ask.schema")),
    ] = False,
) -> None:
    if schema:
        print(json.dumps(SavedQuestion.model_json_schema(), ensure_ascii=False, indent=2))
        raise typer.Exit
    if context.invoked_subcommand is not None:
        return
    table, language = Table(title=said("pages.questions"), show_lines=False), chosen_language()
    for heading in ("cli.name", "cli.question_asked", "cli.what_it_answers"):
        table.add_column(said(heading), overflow="fold")
    from queries.registry import questions

    kept, problems = saved_questions(Settings().questions_folder)
    for one in [*questions(), *kept]:
        table.add_row(*map(escaped, (one.name, one.title.in_(language), one.doc.in_(language))))
    OUT.print(table)
    for problem in problems:
        say(problem.in_(language))


def _save(one: Question, name: str, given: Mapping[str, object]) -> None:
    path = Settings().questions_folder / f"{name}.yaml"
    text = as_yaml(name, f"{one.title.in_(Language.ZH)}：{name}", f"{one.title.in_(Language.EN)}: {name}", one, given)
    with writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise UsageError(Text("cli.is_there", path=path))
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    say(said("cli.kept", path=path))


_BESIDES = (
    option("store", StoreOption, None),
    option("format", Annotated[Format, typer.Option("--format", help=said("cli.help.format"))], Format.TABLE),
    option(
        "as_of",
        Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help=said("cli.help.ask.as_of"))],
        None,
    ),
    option("cypher", Annotated[bool, typer.Option("--cypher", help=said("cli.help.ask.cypher"))], False),
    option("engine", Annotated[Engine | None, typer.Option("--engine", help=said("cli.help.ask.engine"))], None),
)
"""What the command of a question takes besides the question's own parameters."""
_SAVE = option("save", Annotated[str | None, typer.Option("--save", help=said("cli.help.ask.save"))], None)
"""The same of one of ours."""


@contextmanager
def _on_day(store: GraphStore, given: datetime | None) -> Iterator[GraphStore]:
    """The graph of the same load with the facts of another day, out of what the load kept."""
    day = day_of(given.date().isoformat() if given else "")
    if day in (None, store.day()):
        yield store
        return
    with graph_of_run(store.run_id() or "", day=day) as graph:
        yield graph


def _reader(graph: Graph, tell: Callable[[Text], None]) -> Reader:
    """The reader of a graph who has the user's own rule files besides."""
    return Reader(graph, Kept(rules=own_rules(Settings().home)), tell)


def _asker(one: Question) -> Callable[..., None]:
    """The command of a question: its parameters as options, made from the question's own."""

    def ask(**given: object) -> None:
        store, output, name = given.pop("store"), given.pop("format"), given.pop("save", None)
        with_cypher, engine, day = given.pop("cypher"), given.pop("engine"), given.pop("as_of")
        if name:
            _save(one, str(name), given)
            return
        one.parameters.model_validate(given)  # Before a graph is looked for: what is mistyped is said first.
        with waiting() as tell, opened(str(store) if store else None) as now:
            with _on_day(now, cast("datetime | None", day)) as graph, graph.snapshot() as snapshot:
                reader = _reader(snapshot, tell)
                answer = one.ask(reader, **given)
                is_table = not with_cypher and output == Format.TABLE  # Names cost statements that nothing else shows.
                names = _names(reader, answer, chosen_language()) if is_table else {}
            dialect = str(engine or now.dialect)
        if with_cypher:
            put("\n\n".join(ran.pasted_into(dialect) for ran in answer.statements) + "\n")
            return
        _print_answer(one, answer, Format(str(output)), chosen_language(), names)

    own = [
        option(
            name,
            Annotated[
                _option_type(info.annotation),
                typer.Option(help=one.hint(name).in_(chosen_language()), metavar=_choices(info.annotation)),
            ],
            inspect.Parameter.empty if info.is_required() else info.default,
        )
        for name, info in one.parameters.model_fields.items()
    ]
    return taking(ask, [*own, *_BESIDES, *([_SAVE] if is_ours(one.name) else [])])


def _choices(annotation: object) -> str | None:
    """What several of a few values may be, as help shows it; `None` for what is not of that kind.

    >>> _choices(list[Literal["up", "down"]]), _choices(list[str])
    ('<list[up|down]>', None)
    """
    of = get_args(annotation)[0] if get_origin(annotation) is list else None
    values = get_args(of) if get_origin(of) is Literal else of if isinstance(of, EnumType) else ()
    return f"<list[{'|'.join(map(str, values))}]>" if values else None


def _option_type(annotation: object) -> object:
    """The type of an option. Several of a few values, which may stand in one text, are texts to typer, bounds inside an optional
    one nothing that it knows; the question checks them.

    >>> _option_type(Annotated[float, "from 0 to 1"] | None), _option_type(list[Literal["up", "down"]])
    (float | None, list[str])
    """
    if _choices(annotation):
        return list[str]
    bounded = [one for one in get_args(annotation) if get_origin(one) is Annotated]
    return get_args(bounded[0])[0] | None if bounded else annotation


@commands.command("compare", help=said("cli.help.compare"))
def compare_command(
    question: Annotated[str, typer.Argument(help=said("cli.help.compare.question"))],
    before: Annotated[str, typer.Option(help=said("cli.help.compare.before"))],
    after: Annotated[str, typer.Option(help=said("cli.help.compare.after"))] = "",
    parameters: Annotated[list[str] | None, typer.Option("--set", help=said("cli.help.compare.set"))] = None,
    home: Annotated[Path | None, typer.Option("--home", help=said("cli.help.compare.home"))] = None,
    output: Annotated[Format, typer.Option("--format", help=said("cli.help.format"))] = Format.TABLE,
) -> None:
    """One question, two dates or datasets: what differs."""
    from queries.saved import question_named

    one = question_named(question, Settings().questions_folder)
    given = given_parameters(one, parameters or [])
    with waiting() as tell, graph_of_run(before, home) as first, graph_of_run(after, home) as second:
        answer = compared(one, _reader(first, tell), _reader(second, tell), given)
    _print_answer(COMPARISON, answer, output, chosen_language())


def _names(reader: Reader, answer: Answer, language: Language) -> Mapping[str, str]:
    """What a reader of a language calls what the rows and texts name otherwise."""
    rows = [row for name in answer.listed for row in getattr(answer, name)]
    texts = [answer.headline, *answer.beside(), *answer.notes]
    return {**names_in(reader, texts, language), **names_in_rows(reader, [*rows_of(answer), *rows], language)}


def _print_answer(
    one: Question, answer: Answer, output: Format, language: Language, names: Mapping[str, str] = MappingProxyType({})
) -> None:
    if output is Format.JSON:
        put(answer.model_dump_json(indent=2, context=context(language)) + "\n")
    elif output is Format.CSV:
        put(answer_csv(one, answer, language))
        if note := cut_of(answer):  # A file says nothing of what it leaves out.
            ERR.print(note.in_(language), markup=False, highlight=False)
    else:
        _print_table(one, answer, language, names)


def answer_csv(one: Question, answer: Answer, language: Language) -> str:
    """The rows of an answer as CSV with every field, its texts in a language; formula-like text is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = headings(one.row_type, everything=True)
    writer.writerow([column.field for column in columns])
    for row in rows_of(answer):
        dumped = as_json(row, language)
        writer.writerow([_csv_cell(dumped[column.field]) for column in columns])
    return text.getvalue()


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return plain_cell("|".join(map(str, value)))
    return plain_cell(value) if isinstance(value, str) else str(value)


def _print_table(one: Question, answer: Answer, language: Language, names: Mapping[str, str]) -> None:
    told = partial(with_names, names=names, language=language)
    OUT.print(told(answer.headline), style="bold", markup=False, highlight=False, soft_wrap=True)
    for text in (beside := answer.beside()):
        OUT.print(f"· {told(text)}", markup=False, highlight=False, soft_wrap=True)
    heads = [head for head in headings(one.row_type) if is_told(one.row_type, head.field, rows_of(answer))]
    _print_rows(one.title, heads, rows_of(answer), language, names)
    for name in answer.listed:
        if own := getattr(answer, name):
            _print_rows(label(answer.question, "answer", name), headings(type(own[0])), own, language, names)
    rows = len(rows_of(answer))
    counted = Text("pages.counted", looked=answer.looked_at, what=answer.looked_at_what, rows=rows)
    notes = [note for note in answer.notes if note not in beside]
    for line in (counted, *as_of_text(answer), *notes, *answer.conventions):
        OUT.print(f"· {told(line)}", markup=False, highlight=False, style="dim", soft_wrap=True)


def _print_rows(
    title: Text, columns: Sequence[Heading], rows: Sequence[Row], language: Language, names: Mapping[str, str]
) -> None:
    """Rows as a table of the first columns that can be read in this window, and which cannot."""
    texts = [[head.text.in_(language), *(head.cell(row, language, _ITEMS, names) for row in rows)] for head in columns]
    widths = _widths(texts, OUT.width)
    table = Table(title=title.in_(language), title_justify="left", header_style="bold")
    for head, own, width in zip(columns, texts, widths, strict=False):
        justify: Literal["right", "left"] = "right" if head.is_number else "left"
        table.add_column(escaped(own[0]), overflow="fold", justify=justify, width=width)
    for row in zip(*(own[1:] for own in texts[: len(widths)]), strict=True):
        table.add_row(*map(escaped, row))
    OUT.print(table)
    if left_out := columns[len(widths) :]:
        narrow = Text("cli.narrow", columns=[head.text for head in left_out])
        OUT.print(f"· {narrow.in_(language)}", markup=False, soft_wrap=True)


def _widths(columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """How wide the first columns are that fit: each as wide as its longest word, then the one that is cut most the wider.

    >>> _widths([["product", "Dry vacuum pump"], ["chains", "Integrated circuits"]], 30)
    [10, 13]
    """
    widths: list[int] = []
    for own in columns:
        need = max(map(_longest_word, own))
        if len(widths) > 1 and sum(widths) + need + 3 * len(widths) + 4 > room:
            break
        widths.append(need)
    wanted = [max(map(cell_len, own)) for own in columns[: len(widths)]]
    for _ in range(room - sum(widths) - 3 * len(widths) - 1):
        most = max(range(len(widths)), key=lambda at: wanted[at] / widths[at])
        widths[most] += wanted[most] > widths[most]
    return widths


def _longest_word(text: str) -> int:
    return max((min(cell_len(word), _WORD if word.isascii() else 10) for word in text.split()), default=1)


# --- page, serve, demo -----------------------------------------------------------------------------------------------


@commands.command(help=said("cli.help.page"))
def page(
    node: Annotated[str, typer.Argument(help=said("cli.help.page.node"))],
    output: Annotated[Path, typer.Option("--output", "-o", help=said("cli.help.page.output"))],
    depth: Annotated[int, typer.Option(min=1, max=4, help=said("cli.help.page.depth"))] = 1,
    limit: Annotated[int, typer.Option(min=1, max=500, help=said("cli.help.page.limit"))] = 150,
    store: StoreOption = None,
) -> None:
    """Write the surroundings of a node as one offline page."""
    with waiting(), opened(store) as graph:
        _write_page(graph, node, output, chosen_language(), depth, limit)
    say(said("cli.written", path=output))


def _write_page(
    graph: GraphStore, node: str, output: Path, language: Language, depth: int = 1, limit: int = 150
) -> None:
    from api.taken import stamp_of
    from api.walk_pages import walk_page
    from api.walks import Walk

    reader = Reader(graph)
    stamp = stamp_of(reader, Settings().home, language)
    _write(output, walk_page(reader, Walk(node, depth, limit), language, is_served=False, stamp=stamp))


@commands.command(help=said("cli.help.report"))
def report(
    thing: Annotated[str, typer.Argument(help=said("cli.help.report.thing"))],
    output: Annotated[Path, typer.Option("--out", "-o", help=said("cli.help.page.output"))],
    store: StoreOption = None,
) -> None:
    """Write the report of a chain or of a place as one file."""
    from api.dossier import dossier

    settings = Settings()
    with waiting() as tell, opened(store) as graph:
        reader = Reader(graph, tell=tell)
        _write(output, dossier(reader, settings.home, thing, chosen_language(), is_served=False))
    say(said("cli.written", path=output))


def _write(output: Path, html: str) -> None:
    with writable(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(html, encoding="utf-8")


@commands.command(help=said("cli.help.serve"))
def serve(
    host: Annotated[str | None, typer.Option(help=said("cli.help.serve.host"))] = None,
    port: Annotated[int | None, typer.Option(help=said("cli.help.port"))] = None,
    store: StoreOption = None,
) -> None:
    """Serve the pages and the API."""
    _serve(Settings(), host, port, store)


def _serve(settings: Settings, host: str | None, port: int | None, store: str | None) -> None:
    from api.app import create_app
    from api.server import server_of

    host, port = host or settings.host, settings.port if port is None else port
    _may_listen(host, port)
    with opened(store) as graph:
        say(said("cli.open", address=f"http://{host}:{port}/"))
        app = create_app(
            graph, settings.home, settings.questions_folder, hosts=(*settings.hosts, host),
            questions_at_once=settings.questions_at_once, questions_waiting=settings.questions_waiting,
            query_page=settings.query_page, ledger_url=settings.ledger.get_secret_value(),
            read_with_key=settings.read_with_key, decisions_file=settings.decisions_file,
        )  # fmt: skip
        server_of(app, host, port).run()


def _may_listen(host: str, port: int) -> None:
    """Raise `UsageError` where nobody can serve there: the server itself says so after it is said to be open, in words of its own."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except (OSError, OverflowError) as error:
        raise UsageError(Text("errors.cannot_listen", address=f"{host}:{port}", why=error)) from error


@commands.command(help=said("cli.help.mcp"))
def mcp(store: StoreOption = None) -> None:
    """Answer an assistant over standard input and output, by the Model Context Protocol."""
    import anyio

    from api.answering import Places
    from api.assistants import Assistants, serve_stdio

    settings = Settings()
    with opened(store) as graph:
        places = Places(settings.questions_at_once, settings.questions_waiting, settings.timeout_seconds)
        kept = Kept(rules=own_rules(settings.home))
        anyio.run(serve_stdio, Assistants(graph, kept, settings.questions_folder, places, chosen_language()))


@commands.command(help=said("cli.help.demo"))
def demo(
    serve_pages: Annotated[bool, typer.Option("--serve/--no-serve", help=said("cli.help.demo.serve"))] = True,
    as_json: Annotated[bool, typer.Option("--json", help=said("cli.help.demo.json"))] = False,
    output: Annotated[Path, typer.Option(help=said("cli.help.demo.output"))] = Path(".corridor/demo.html"),
    with_sample: Annotated[bool, typer.Option("--with-sample", help=said("cli.help.demo.with_sample"))] = False,
    port: Annotated[int | None, typer.Option(help=said("cli.help.port"))] = None,
    store: StoreOption = None,
) -> None:
    """Load the bundled dataset, show its gaps, serve the pages."""
    from api.money import SAMPLE as SAMPLE_LEDGER
    from api.money import sample_ledger
    from ingest.dataset import BUNDLED, SAMPLE, datasets_at
    from ingest.pipeline import Settings as LoadSettings
    from ingest.pipeline import load
    from queries.saved import question_named

    started = time.perf_counter()
    with opened(store) as graph:
        with progress() as report:
            settings = Settings()
            found = datasets_at([BUNDLED, SAMPLE] if with_sample else [BUNDLED])
            result = load(found, graph, LoadSettings(settings.home, settings.decisions_file), report)
        gaps = question_named("gaps").ask(graph, limit=_DEMO_ROWS)
        weak = question_named("key_technologies").ask(graph, limit=_DEMO_ROWS)
        names = [_names(Reader(graph), answer, chosen_language()) for answer in (gaps, weak)]
        counts = graph.counts()
        _write_page(graph, rows_of(gaps)[0].model_dump()["product_id"], output, chosen_language())
    seconds = round(time.perf_counter() - started, 2)
    if as_json:
        print(json.dumps(_demo_summary(counts, result, gaps, weak, output, seconds), ensure_ascii=False))
    else:
        cli_data.print_load(result)
        _print_table(question_named("gaps"), gaps, chosen_language(), names[0])
        _print_table(question_named("key_technologies"), weak, chosen_language(), names[1])
        OUT.print(said("cli.demo.page", path=output, seconds=seconds), markup=False, highlight=False, soft_wrap=True)
    settings = Settings()
    if with_sample:  # One's own ledger is another file, or a database that is not asked.
        say(sample_ledger(settings.home).in_(chosen_language()))
        settings = settings.model_copy(update={"ledger": SecretStr(SAMPLE_LEDGER)})
    if serve_pages:
        _serve(settings, None, port, store)


def _demo_summary(
    counts: dict[str, int], result: "Checked", gaps: Answer, weak: Answer, output: Path, seconds: float
) -> dict[str, object]:
    return {
        "nodes": sum(n for name, n in counts.items() if name in NODE_TYPE),
        "edges": sum(n for name, n in counts.items() if name in EDGE_TYPE),
        "quarantined": result.report.quarantined,
        "verdicts": gaps.model_dump(mode="json")["counts"],
        "gaps": as_json(gaps, chosen_language())["rows"],
        "key_technologies": as_json(weak, chosen_language())["rows"],
        "page": str(output),
        "run_id": result.run_id,
        "seconds": seconds,
    }


if __name__ == "__main__":
    app()
