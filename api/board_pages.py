"""The page of a chain: a board of its products by stage, each with its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from api.facts import Seen, Telling, interval, on_record
from api.pages import LINKS
from graph.model import Node
from graph.texts import Language, Text, word
from queries.boards import STAGES, Board, Square, board
from queries.scope import scope
from queries.sources import technologies_of
from queries.verdicts import Verdict
from viz.page import Field, Figure, Form, Link, Section

SIGNS = {
    Verdict.MISSING: "✕", Verdict.NARROWER_ONLY: "◌", Verdict.SINGLE_SOURCE: "①", Verdict.WEAK: "▽",
    Verdict.CONCENTRATED: "◐", Verdict.NOT_ON_RECORD: "?", Verdict.STRONG: "★", Verdict.SUPPLIED: "✓",
}  # fmt: skip
"""What stands beside the colour of a verdict, for those who do not see it."""


def chain_parts(page: Telling, focus: Node, seen: Seen) -> list[Section]:
    """What the page of a chain has: its board, and the form that cuts it."""
    where = scope(page.reader, seen.places)
    wanted = [seen.technology] if seen.technology else []
    found = board(page.reader, focus.id, where, wanted, seen.verdicts)
    text = (
        page.say("explore.board_of", products=found.products, counts=counted_verdicts(found.counts))
        if found.products
        else page.say("explore.no_product_meets" if wanted else "common.no_product_of_chain")
    )
    return [
        Section(page.say("explore.board"), text, form=_board_form(page, focus, seen), figure=board_figure(page, found, seen)),
    ]  # fmt: skip


def counted_verdicts(counts: Mapping[Verdict, int]) -> list[Text]:
    """How many products have each of the verdicts that any has."""
    return [Text("explore.count_of", what=word(verdict), count=count) for verdict, count in counts.items() if count]


def _board_form(page: Telling, focus: Node, seen: Seen) -> Form:
    everything = [("", page.say("pages.all"))]
    verdicts = [(verdict.value, word(verdict).in_(page.language)) for verdict in Verdict]
    technologies = page.links(technologies_of(page.reader, chains=[focus.id]))
    places = page.links({*scope(page.reader, []).places, seen.place} - {""})
    asked = (
        ("verdict", "common.column.verdict", [*seen.verdicts], [*everything, *verdicts]),
        ("place", "explore.seen_from", [seen.place], [("", page.everything()), *_choices(places)]),
        ("technology", "explore.technology", [seen.technology], [*everything, *_choices(technologies)]),
    )
    return Form(
        LINKS.node_of(focus.id), [Field(name, page.say(text), "", own, choices) for name, text, own, choices in asked],
        submit=page.say("pages.filter.do"),
    )  # fmt: skip


def _choices(links: Sequence[Link]) -> list[tuple[str, str]]:
    return [(link.node_id, link.text) for link in links]


@dataclass(frozen=True, slots=True)
class Tile:
    """A product on a page: where it leads, its verdict (`kind`, with a sign and in words), and a line of facts."""

    href: str
    name: str
    kind: str
    sign: str
    verdict: str
    facts: str


def tile(square: Square, language: Language, place: str = "") -> Tile:
    """A square of a board as a page shows it, leading to its product, seen from the same place."""
    share = interval(language, square.foreign_least, square.foreign_most)
    here, elsewhere = (on_record(makers) for makers in (square.makers, square.makers_elsewhere))
    facts = [Text("explore.makers_of_square", here=here, elsewhere=elsewhere).in_(language)]
    if share:
        facts.append(Text("explore.foreign_of_square", share=share).in_(language))
    return Tile(
        LINKS.node_of(square.product_id) + (f"?{urlencode({'place': place})}" if place else ""),
        Text.both(square.name_zh, square.name_en or "").in_(language),
        square.verdict.value, SIGNS[square.verdict], word(square.verdict).in_(language), " · ".join(facts),
    )  # fmt: skip


def board_figure(page: Telling, found: Board, seen: Seen, *, is_linked: bool = True) -> Figure | None:
    """The board as a figure; `None` where no product was looked at. On paper its tiles lead nowhere."""
    if not found.products:
        return None
    stages = [
        (
            STAGES[stage].in_(page.language) if stage in STAGES else page.say("explore.no_stage"),
            [
                own if is_linked else replace(own, href="")
                for own in (tile(one, page.language, seen.place) for one in squares)
            ],
        )
        for stage, squares in found.stages.items()
    ]
    legend = [
        (verdict.value, SIGNS[verdict], word(verdict).in_(page.language))
        for verdict in Verdict
        if found.counts[verdict]
    ]
    return Figure("board.html", {"stages": stages, "legend": legend})
