"""The page of a thing: what is on record about it, each fact with its source, and what to ask next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from api.board_pages import SIGNS, chain_parts
from api.deciding import report_form
from api.facts import Seen, Telling, interval, joined, on_record, weight
from api.pages import LINKS, sample, table_of
from api.place_pages import place_parts
from api.question_pages import over_years
from graph.model import Edge, Node, edge_id
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.texts import Language, Text, number_text, region_text
from queries.boards import STAGES
from queries.evidence import edges
from queries.makers import Maker, makers_of
from queries.questions.gaps import Gap, gaps_on
from queries.questions.lineage import Closing, LineageAnswer
from queries.questions.tracking import TrackingAnswer, Yearly
from queries.reader import Reader
from queries.registry import answer_to
from queries.relations import MOST, Controller, Relation, Relations, controllers, relations
from queries.scope import find_node, find_one, scope
from queries.verdicts import Verdict
from viz.page import Cell, Column, Link, Section, list_page
from viz.picture import facts_of


def node_page(reader: Reader, node: str, language: Language, seen: Seen) -> str:
    """The page of a node, given by id or name. Raises `NotFound`, `UnknownName`, `AmbiguousName`."""
    focus = find_node(reader, node)
    seen = replace(
        seen, place=_id_of(reader, "Place", seen.place), technology=_id_of(reader, "Technology", seen.technology)
    )
    page = Telling(reader, language)
    sections = [*_PARTS.get(focus.label, _any_thing)(page, focus, seen), *page.facts(focus)]
    subtitle = joined(NODE_TYPE[focus.label].in_(language), *_other_names(focus, language))
    is_reported = focus.label in ("Chain", "Place")
    report = [Link(page.say("dossier.report"), LINKS.report_of(focus.id))] if is_reported else []
    onward = Section(page.say("explore.next"), links=[*page.pictures(focus), *report, *page.next_questions(focus)])
    forms = [report_form(focus.id, language)] if focus.label == "Center" else []
    return list_page(
        focus.name_in(language), [onward, *sections, *forms], subtitle=subtitle, links=LINKS, language=language
    )


def _id_of(reader: Reader, label: str, text: str) -> str:
    """The id of what a text names; empty where none is asked for."""
    return find_one(reader, (label,), label.lower(), text).id if text else ""


def _other_names(node: Node, language: Language) -> list[str]:
    """Its full name in the language, where that is not what it is called."""
    name = node.properties.get("name_zh" if language is Language.ZH else "name_en")
    return [str(name)] if name and name != node.name_in(language) else []


def _any_thing(page: Telling, focus: Node, seen: Seen) -> list[Section]:
    return page.relations(relations(page.reader, [focus.id]))


def _enterprise(page: Telling, focus: Node, seen: Seen) -> list[Section]:
    found = relations(page.reader, [focus.id])
    plants = {one.other.id: page.idle(one.other) for one in found.of("OPERATES", forward=True)}
    seats = [one.other.id for one in found.of("LOCATED_IN", forward=True)]
    of_plants = page.cities(plants)
    in_use, idle = (
        {link.node_id: link for plant, own in of_plants.items() if bool(plants[plant]) is is_idle for link in own}
        for is_idle in (False, True)
    )
    control = next(iter(controllers(page.reader, enterprise_ids=[focus.id])), None)
    country = control.control_country if control else None
    facts: list[tuple[str, Cell]] = [
        (page.say("explore.seat"), page.links(seats) or None),
        (page.say("explore.plants_in"), tuple(in_use[one] for one in sorted(in_use)) or None),
        *([(page.say("explore.idle_plants_in"), tuple(idle[one] for one in sorted(idle)))] if idle else []),
        (page.say("explore.group"), _group(page, focus, control)),
        (
            page.say("explore.control_country"),
            Link(region_text(country, page.language), LINKS.claims_of(focus.id)) if country else None,
        ),
    ]
    makes = sorted(found.of("MAKES", forward=True), key=weight)
    named = facts_of(NODE_TYPE["Enterprise"].properties, focus.properties, page.language)
    _, business = named.get("business_zh") or named.get("business_en") or ("", None)
    if business or not makes:  # Of whoever makes nothing on record what it does is the first thing to know.
        facts.insert(
            0, (page.say("search.column.business"), Link(business, LINKS.claims_of(focus.id)) if business else None)
        )
    products = [one.other.id for one in makes]
    cuts = [page.question_about("cuts", "product", one) for one in page.links(products[:1])]
    made = relations(page.reader, [*plants], without=("LOCATED_IN", "OPERATES")).of("MAKES", forward=True)
    glance, told = Section(page.say("explore.at_a_glance"), facts=facts, links=cuts), page.relations(found, "MAKES")
    at = 1 if makes else 0
    return [glance, *told[:at], *_made_at_plants(page, made, plants), *told[at:]]


def _group(page: Telling, focus: Node, control: Controller | None) -> Cell:
    """Who controls it in the end; said where nobody is on record."""
    if control is None or control.group_id == focus.id:
        return page.say(f"explore.own_group{'_from' if control and control.control_country else ''}")
    return page.links([control.group_id])


def _made_at_plants(page: Telling, made: Sequence[Relation], idle: Mapping[str, str]) -> list[Section]:
    """What is made in the plants, each with its plant; apart what is to be made in plants that are only planned or being built."""
    plants = page.linked(one.own_id for one in made)
    heads = [Column(NODE_TYPE[label].in_(page.language)) for label in ("Product", "Plant")]
    found = []
    for name in ("made_at_plants", "made_at_idle_plants"):
        own = [one for one in sorted(made, key=weight) if bool(idle[one.own_id]) is (name != "made_at_plants")]
        more = [Column(page.say("explore.column.progress"))] if name != "made_at_plants" else []
        rows: list[tuple[Sequence[Cell], Edge]] = [
            ((page.link(one.other), plants[one.own_id], *([idle[one.own_id]] if more else [])), one.edge) for one in own
        ]
        table = page.fact_table(EDGE_TYPE["MAKES"], [*heads, *more], rows)
        found += [Section(page.say(f"explore.{name}", count=len(own)), table=table)] if own else []
    return found


def _plant(page: Telling, focus: Node, seen: Seen) -> list[Section]:
    """That it makes nothing yet or no longer, where that is so, before its relations."""
    said = page.idle(focus)
    at_first = [Section(page.say("explore.at_a_glance"), page.say("explore.makes_nothing", idle=said))] if said else []
    return [*at_first, *_any_thing(page, focus, seen)]


def _technology(page: Telling, focus: Node, seen: Seen) -> list[Section]:
    """How much of it comes from abroad, before its relations."""
    facts: list[tuple[str, Cell]] = [(page.say("explore.foreign"), foreign_share(page, focus))]
    return [Section(page.say("explore.at_a_glance"), facts=facts), *_any_thing(page, focus, seen)]


def _product(page: Telling, focus: Node, seen: Seen) -> list[Section]:
    where = scope(page.reader, seen.places)
    made = makers_of(page.reader, product_ids=[focus.id], areas=where.areas, around=where.around, min_confidence=0.0)
    [gap] = gaps_on(page.reader, [focus.id], seen.places, made)
    found = relations(page.reader, [focus.id], without=("MAKES",))
    return [
        Section(
            page.say("explore.verdict"),
            facts=[*_seen_from(page, focus, seen), *_verdict_facts(page, focus, gap, found)],
        ),
        _makers(page, made),
        *page.relations(found),
    ]


def _seen_from(page: Telling, focus: Node, seen: Seen) -> list[tuple[str, Cell]]:
    """From which place it is judged, and the way back to all of them; the places of the corridor where none is named."""
    everything = Link(page.everything(), LINKS.node_of(focus.id))
    return [(page.say("explore.seen_from"), (*page.links([seen.place]), everything) if seen.place else everything.text)]


def _verdict_facts(page: Telling, focus: Node, gap: Gap, found: Relations) -> list[tuple[str, Cell]]:
    stages = {name: text.in_(page.language) for name, text in STAGES.items()}
    chains = tuple(
        Link(
            joined(one.other.name_in(page.language), stages.get(str(one.edge.properties.get("stage")), "")),
            node_id=one.other.id,
        )
        for one in found.of("PART_OF", forward=True)
    )
    days = focus.properties.get("recovery_days")
    return [
        (page.say("common.column.verdict"), f"{SIGNS[gap.verdict]} {gap.verdict_text.in_(page.language)}"),
        (page.say("explore.reason"), reason(page, gap)),
        (page.say("explore.would_change"), gap.would_change.in_(page.language)),
        (page.say("explore.chain_and_stage"), chains or None),
        (page.say("explore.foreign"), foreign_share(page, focus)),
        (page.say("explore.recovery"), page.say("explore.days", days=number_text(days, page.language)) if isinstance(days, float) else None),
        (page.say("explore.rests_on_it"), page.say("explore.products", count=gap.downstream)),
    ]  # fmt: skip


def _center(page: Telling, focus: Node, seen: Seen) -> list[Section]:
    """What its closing would cost, its timeline, and its relations."""
    return [*_closing(page, focus), *_timeline(page, focus), *_any_thing(page, focus, seen)]


def _closing(page: Telling, focus: Node) -> list[Section]:
    answer = answer_to(page.reader, "lineage", LineageAnswer, center=focus.id)
    table = table_of(page.reader, Closing, answer.closing, page.language) if answer.closing else None
    said = " ".join(text.in_(page.language) for text in answer.beside())
    links = [page.question(name, **{of: focus.id}) for name, of in (("scenarios", "shocks"), ("lineage", "center"))]
    return [Section(page.say("explore.if_it_closes"), said, table=table, links=links)]


def _timeline(page: Telling, focus: Node) -> list[Section]:
    answer = answer_to(page.reader, "tracking", TrackingAnswer, center=focus.id)
    heading, drawn = over_years(answer, page.language)
    if drawn is None:
        said = (Text("explore.no_timeline"), *sample(page.reader, "tracking"))
        return [Section(heading, " ".join(text.in_(page.language) for text in said))]
    table = table_of(page.reader, Yearly, answer.timeline, page.language)
    links = [page.question("tracking", center=focus.id)]
    return [Section(heading, page.say("explore.timeline_means"), figure=drawn, table=table, links=links)]


_MOSTLY = 0.5
"""From this foreign share on a verdict that counts makers says that most comes from abroad."""


def reason(page: Telling, gap: Gap) -> str:
    """Why a product is judged as it is; where it is well made here but mostly from abroad, that too."""
    name = str(gap.verdict)
    if gap.verdict == Verdict.NOT_ON_RECORD and not gap.makers_unplaced:
        name = "perhaps" if gap.makers_elsewhere else "none"
    elif gap.verdict == Verdict.SUPPLIED and not gap.cities:
        name = "nowhere"
    said = page.say(
        f"explore.reason.{name}", makers=gap.makers, elsewhere=on_record(gap.makers_elsewhere), unplaced=gap.makers_unplaced,
        cities=gap.cities, hhi=number_text(gap.hhi, page.language) if gap.hhi is not None else Text("common.unknown"),
    )  # fmt: skip
    is_abroad = gap.verdict in (Verdict.STRONG, Verdict.SUPPLIED) and (gap.foreign_share_least or 0.0) >= _MOSTLY
    return f"{said} {page.say('explore.reason.abroad', share=gap.foreign_text)}" if is_abroad else said


def foreign_share(page: Telling, focus: Node) -> str | None:
    """The part of supply from abroad, with what it is a part of and the year; `None` where not known."""
    least = focus.properties.get("foreign_share_min", focus.properties.get("foreign_share"))
    most = focus.properties.get("foreign_share_max", focus.properties.get("foreign_share"))
    share = interval(page.language, least, most)
    if share is None:
        return None
    known = facts_of(NODE_TYPE[focus.label].properties, focus.properties, page.language)
    return joined(
        share, *(known[name][1] for name in ("foreign_words", "foreign_basis", "foreign_year") if name in known)
    )


def _makers(page: Telling, rows: list[Maker]) -> Section:
    """Who makes it where, here first: each site with what says so, and what is said of an enterprise with all its plants."""
    if not rows:
        return Section(page.say("explore.makers"), page.say("explore.no_maker"))
    rows = sorted(
        rows, key=lambda row: (_whereabouts(row), -(row.share or 0), row.steps, row.enterprise_id, row.site_id)
    )
    nearest = {row.enterprise_id: _whereabouts(row) for row in reversed(rows)}
    counts = {name: on_record(sum(near == at for near in nearest.values())) for at, name in enumerate(_WHEREABOUTS)}
    cut = page.say("explore.cut", shown=MOST) if len(rows) > MOST else ""
    rows = rows[:MOST]
    ids = {edge_id("MAKES", one, row.made_id) for row in rows for one in (row.site_id, row.enterprise_id)}
    known = {edge.id: edge for edge in edges(page.reader, ids)}
    cities = page.cities(row.site_id for row in rows)
    named = page.linked(one for row in rows for one in (row.enterprise_id, row.site_id, row.made_id))
    heads = [Column(page.say(f"explore.column.{name}")) for name in ("maker", "whereabouts", "plant", "city", "makes")]
    cells: dict[str, tuple[Sequence[Cell], Edge]] = {}
    for row in rows:
        makes = named.get(row.made_id) if row.steps else page.say("explore.itself")
        for site in dict.fromkeys((row.site_id, row.enterprise_id)):
            edge = known.get(edge_id("MAKES", site, row.made_id))
            if edge is None or edge.id in cells:
                continue
            is_whole = site != row.site_id
            at = "as_a_whole" if is_whole else _WHEREABOUTS[_whereabouts(row)]
            place = (
                page.say("explore.registered_seat") if site == row.enterprise_id and not is_whole else named.get(site)
            )
            first = (
                named.get(row.enterprise_id), page.say(f"explore.whereabouts.{at}"), None if is_whole else place,
                None if is_whole else cities.get(site), makes,
            )  # fmt: skip
            cells[edge.id] = (first, edge)
    return Section(
        page.say("explore.makers"), " ".join([page.say("explore.makers_counted", **counts), cut]).strip(),
        table=page.fact_table(EDGE_TYPE["MAKES"], heads, list(cells.values())),
    )  # fmt: skip


_WHEREABOUTS = ("here", "may_be_here", "elsewhere")


def _whereabouts(row: Maker) -> int:
    return 0 if row.is_here else 1 if row.is_unplaced else 2


_PARTS: Mapping[str, Callable[[Telling, Node, Seen], list[Section]]] = {
    "Enterprise": _enterprise,
    "Product": _product,
    "Chain": chain_parts,
    "Place": place_parts,
    "Center": _center,
    "Plant": _plant,
    "Technology": _technology,
}
"""What the page of a thing of a label has that others do not."""
