"""Pages to set out from: home and search."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from api.board_pages import counted_verdicts, tile
from api.pages import LINKS, counted, held, table_of
from api.place_pages import instead, view
from graph.model import Node
from graph.texts import Language, Measure, Text
from queries.answer import rows_of
from queries.boards import weakest
from queries.places import Strength, strengths, strong_and_weak
from queries.reader import Reader
from queries.registry import Question, questions
from queries.saved import question_named, saved_questions
from queries.scope import all_chains, corridor_places, nodes, scope
from queries.verdicts import Thresholds, verdict_counts
from viz.page import Card, Figure, Link, Section, list_page

_FOUND = 100

_PLACES = 24
"""Places with a card of their own on the first page."""

_WEAKEST = 4

_CHAINS_NAMED = 2


def home_page(reader: Reader, folder: Path, language: Language, *, opens: bool) -> str:
    """The first page: what this is, the places and what they are strong in, the chains and their weakest links, questions."""
    told = reader.once(("home", language), lambda apart: [*_places(apart, language), *_chains(apart, language)])
    pages = {"query": "/query", "views": LINKS.saved} if opens else {"views": LINKS.saved}
    pages |= {"ledger.vouchers": "/vouchers", "ledger.settlement": "/settlement", "templates": "/templates"}
    onward = [Link(Text(f"{name}.title").in_(language), href) for name, href in pages.items()]
    cards = [_question_card(q, language) for q in questions()]
    sections = [
        *told,
        Section(Text("pages.questions").in_(language), cards=cards, links=onward),
        *_kept(folder, language),
    ]
    of = "" if corridor_places(reader) else ".elsewhere"
    title, lead = Text(f"pages.home{of}").in_(language), Text(f"explore.home.lead{of}").in_(language)
    return list_page(title, sections, subtitle=lead, links=LINKS, language=language)


def _places(reader: Reader, language: Language) -> list[Section]:
    """Each place with the chains that it makes most and least of; what is there instead where there is none."""
    where = scope(reader, [])
    heading = Text("explore.places").in_(language)
    shown = nodes(reader, where.places[:_PLACES])
    if not shown:
        return [Section(heading, instead(reader, "explore.no_place", language))]
    own: dict[str, list[Strength]] = {}
    for one in strengths(reader, where):
        own.setdefault(one.place_id, []).append(one)
    chains = {node.id: node.name_in(language) for node in nodes(reader, [chain for chain, _ in all_chains(reader)])}
    cards = [_place_card(node, own.get(node.id, []), chains, language) for node in shown]
    links = [view("matrix", language), view("map", language)]
    notes = [Text("explore.places.about"), *where.notes]
    return [Section(heading, " ".join(note.in_(language) for note in notes), cards=cards, links=links)]


def _place_card(place: Node, own: Sequence[Strength], chains: Mapping[str, str], language: Language) -> Card:
    """What a place is strong and what it is weak in, each chain with the products made of it."""
    said = []
    for name, found in zip(("strong", "weak"), strong_and_weak(own, _CHAINS_NAMED), strict=True):
        parts = [
            Text("explore.of_chain" if one.products else "explore.of_chain.none", chain=chains[one.chain_id], advantage=Measure(one.advantage), made=one.products, products=one.chain_products)
            for one in found
        ]  # fmt: skip
        said.append(Text(f"explore.{name}", chains=parts).in_(language) if parts else "")
    if not any(one.products for one in own):
        said = [Text("explore.nothing_made").in_(language), ""]
    return Card(place.name_in(language), said[0], LINKS.node_of(place.id), facts=[one for one in said[1:] if one])


def _chains(reader: Reader, language: Language) -> list[Section]:
    """Each chain with its weakest links; what is there instead where there is none."""
    heading = Text("pages.chains").in_(language)
    found = nodes(reader, [chain for chain, _ in all_chains(reader)])
    if not found:
        return [Section(heading, instead(reader, "explore.no_chains", language))]
    where = scope(reader, [])
    counts = verdict_counts(reader, where, [], Thresholds()).by_chain
    rows = []
    for chain in found:
        said = [one.in_(language) for one in counted_verdicts(counts.get(chain.id, {}))]
        tiles = [tile(one, language) for one in weakest(reader, chain.id, where, _WEAKEST)]
        rows.append({"name": chain.name_in(language), "href": LINKS.node_of(chain.id), "facts": said, "tiles": tiles})
    lacking = [] if held(reader)["MAKES"] else [Text("explore.no_makers").in_(language)]
    text = " ".join([Text("explore.chains.about").in_(language), *lacking])
    return [Section(heading, text, figure=Figure("chains.html", rows))]


def _question_card(one: Question, language: Language) -> Card:
    return Card(one.title.in_(language), one.doc.in_(language), href=f"/ask/{one.name}")


def _kept(folder: Path, language: Language) -> list[Section]:
    """The questions that users keep, and what is wrong with files that are none."""
    found, problems = saved_questions(folder)
    if not found and not problems:
        return []
    cards = [_question_card(q, language) for q in found]
    return [
        Section(Text("pages.kept").in_(language), " ".join(problem.in_(language) for problem in problems), cards=cards)
    ]


def search_page(reader: Reader, text: str, language: Language) -> str:
    """What a search found, as a page; without a text it says what can be searched for."""
    title = Text("pages.search").in_(language)
    if not text.strip():
        return list_page(
            title, [Section(title, Text("pages.search.hint").in_(language))], links=LINKS, language=language
        )
    one = question_named("search")
    answer = one.ask(reader, text=text, limit=_FOUND)
    notes = " ".join(note.in_(language) for note in (counted(answer), *answer.notes))
    section = Section(
        Text("pages.search.of", text=text).in_(language),
        notes,
        table=table_of(reader, one.row_type, rows_of(answer), language),
    )
    return list_page(f"{title} · {text}", [section], query=text, links=LINKS, language=language)
