"""What the commands share: consoles, the store of the settings, progress, and how errors end."""

import gc
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table

from api.settings import Settings
from graph.store import GraphStore
from graph.store import Progress as Report

_ORDERS = dict.fromkeys(
    (*(code for code in range(32) if chr(code) not in "\t\n\r"), *range(0x7F, 0xA0), *range(0x202A, 0x202F),
     *range(0x2066, 0x206A))
)  # fmt: skip
"""Characters that a terminal obeys: control characters, and marks that turn the direction of text."""


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

StoreOption = Annotated[str | None, typer.Option("--store", help="图库地址 ladybug:///路径、bolt://、neo4j://")]

LANGUAGE_OPTION = typer.Option(
    "--language",
    help="回答的语言 zh 或 en（缺省随系统，或 CORRIDOR_LANGUAGE） language of the answer, that of the system by default",
)


def fail(message: str, code: int) -> NoReturn:
    """Say an error in one sentence and end with a code."""
    ERR.print(f"错误 error: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(code)


def first_problem(error: ValidationError) -> str:
    """The first thing that is wrong with parameters."""
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


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

        def report(doing: str, done: int, total: int) -> None:
            if doing not in tasks:
                for old in tasks.values():
                    bar.update(bar.task_ids[old], visible=False)
                tasks[doing] = len(bar.task_ids)
                bar.add_task(doing, total=total or None)
            bar.update(bar.task_ids[tasks[doing]], completed=done, total=total or None)

        yield report


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
