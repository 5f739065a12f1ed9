"""How a page tells facts: relations as tables with what says so, sources, next questions, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from api.pages import LINKS
from graph.model import Edge, Node, Value
from graph.ontology import NODE_TYPE, EdgeType, Property, label_of
from graph.texts import Language, Text, share_text
from queries.evidence import sources_of
from queries.reader import Reader
from queries.relations import MOST, Kind, Relation, Relations
from queries.saved import question_named
from queries.scope import nodes, scope
from queries.verdicts import Verdict
from queries.whereabouts import whereabouts_of
from viz.page import Cell, Column, Link, Section, Table
from viz.picture import facts_of, value_text

_EVIDENCE = frozenset({"source_ids", "as_of", "status", "confidence", "evidence"})
"""Properties of an edge that say where it comes from and how sure it is: each stands at the end of a row."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a thing is looked at: from which place, which products of a chain, which page of a list."""

    place: str = ""
    technology: str = ""
    verdicts: tuple[Verdict, ...] = ()
    page: int = 1

    @property
    def places(self) -> list[str]:
        """The place as questions take it; none for the corridor."""
        return [self.place] if self.place else []


class Telling:
    """What the parts of one page share: the graph, the language, and how a fact is shown."""

    def __init__(self, reader: Reader, language: Language) -> None:
        self.reader = reader
        self.language = language

    def say(self, key: str, **values: object) -> str:
        """A text in the language of the page."""
        return Text(key, **values).in_(self.language)

    def everything(self) -> str:
        """What stands for the places together where none is named: the corridor, or all where the graph has none."""
        return self.say("explore.everywhere" if scope(self.reader, []).is_everywhere else "explore.whole_corridor")

    def link(self, node: Node) -> Link:
        """A link to a thing by its name."""
        return Link(node.name_in(self.language), node_id=node.id)

    def linked(self, ids: Iterable[str]) -> dict[str, Link]:
        """Links to some things by their names, by id."""
        return {one.id: self.link(one) for one in nodes(self.reader, set(ids))}

    def links(self, ids: Iterable[str]) -> tuple[Link, ...]:
        """The same in the order of their ids."""
        return tuple(self.linked(ids).values())

    # --- what to ask next ---

    def pictures(self, node: Node) -> list[Link]:
        """Where the same thing is drawn, and where its claims are."""
        return [
            Link(self.say("explore.picture"), LINKS.picture_of(node.id)),
            Link(self.say("explore.claims"), LINKS.claims_of(node.id)),
        ]

    def next_questions(self, node: Node) -> list[Link]:
        """Questions with the thing filled in."""
        return [
            self.question(name, **{parameter: node.id, **more}) for name, parameter, more in _NEXT.get(node.label, ())
        ]

    def question(self, name: str, **given: str) -> Link:
        """A link to a question with some parameters filled in."""
        return Link(question_named(name).title.in_(self.language), f"/ask/{name}?{urlencode(given)}")

    def question_about(self, name: str, parameter: str, about: Link) -> Link:
        """The same about another thing than that of the page, which the link names."""
        asked = self.question(name, **{parameter: about.node_id})
        return Link(joined(asked.text, about.text), asked.href)

    # --- facts ---

    def facts(self, node: Node) -> list[Section]:
        """Its own properties, with the sources that say so."""
        properties = NODE_TYPE[node.label].properties
        known = facts_of(properties, node.properties, self.language)
        shown: list[tuple[str, Cell]] = [fact for name, fact in known.items() if name != "url"]
        if node.label == "Source":
            shown.append((self.say("explore.address"), self.source(node.id, {node.id: node})))
        else:
            sources = sources_of(self.reader, [node])
            shown.append((self.say("explore.column.sources"), self.sources(node.properties, sources)))
        return [Section(self.say("explore.facts"), facts=[(self.say("common.column.id"), node.id), *shown])]

    def source(self, source_id: str, sources: Mapping[str, Node]) -> Link:
        """A source by its name, leading to the document itself where its address is known."""
        source = sources.get(source_id)
        address = str(source.properties.get("url") or "") if source else ""
        name = source.name_in(self.language) if source else source_id
        return Link(name, address) if address.startswith("http") else Link(name, node_id=source_id if source else "")

    def sources(self, values: Mapping[str, Value], sources: Mapping[str, Node]) -> Cell:
        """The sources that some properties name."""
        ids = values.get("source_ids")
        return tuple(self.source(one, sources) for one in ids) if isinstance(ids, tuple) else None

    # --- relations ---

    def relations(self, found: Relations, first: str = "") -> list[Section]:
        """A table for each kind of relation on record, those of an edge type first, and a list of the kinds of which none is."""
        shown: list[Section] = []
        lacking: list[str] = []
        for kind, rows in sorted(found.by_kind.items(), key=lambda item: item[0].type.type != first):
            name = kind_name(kind, self.language)
            if rows:
                is_cut = kind.type.type in found.cut
                cut = self.say("explore.cut", shown=MOST) if is_cut else ""
                shown.append(
                    Section(f"{name} · {len(rows)}{'+' if is_cut else ''}", cut, table=self.relation_table(kind, rows))
                )
            else:
                lacking.append(f"{name} {kind.type.file}")
        said = self.say("explore.none_of", kinds=lacking)
        return [*shown, *([Section(self.say("explore.not_on_record"), said)] if lacking else [])]

    def relation_table(self, kind: Kind, found: Sequence[Relation]) -> Table:
        """The relations of a kind: what is at the other end, where that is, the properties, and what says so."""
        rows = sorted(found, key=weight)
        others = {one.other.label for one in rows}
        cities = self.cities(one.other.id for one in rows) if others & {"Enterprise", "Plant"} else None
        heads = [Column(joined(*(NODE_TYPE[label].in_(self.language) for label in sorted(others))))]
        heads += [Column(self.say("explore.column.city"))] if cities is not None else []
        idle = [self.idle(one.other) for one in rows]
        heads += [Column(self.say("explore.column.progress"))] if any(idle) else []
        cells = [
            [
                self.link(one.other),
                *([cities.get(one.other.id)] if cities is not None else []),
                *([said or None] if any(idle) else []),
            ]
            for one, said in zip(rows, idle, strict=True)
        ]
        return self.fact_table(kind.type, heads, list(zip(cells, (one.edge for one in rows), strict=True)))

    def fact_table(self, kind: EdgeType, heads: Sequence[Column], rows: Sequence[tuple[Sequence[Cell], Edge]]) -> Table:
        """A table of edges: what stands first in each row, the properties that any has, and what says so."""
        sources = sources_of(self.reader, (edge for _, edge in rows))
        said = [edge for _, edge in rows]
        own = [p for p in kind.properties if p.name not in _EVIDENCE and any(p.name in e.properties for e in said)]
        names = self.linked(str(edge.properties.get(p.name)) for p in own if p.name.endswith("_id") for edge in said)
        columns = [
            *heads,
            *(
                Column(p.in_(self.language), is_number=not p.choices and p.type in ("integer", "number", "fraction"))
                for p in own
            ),
            *(Column(self.say(f"explore.column.{name}")) for name in ("status", "evidence", "as_of", "sources")),
        ]
        return Table(
            columns,
            [
                [*first, *(self._value(p, edge, names) for p in own), *self._evidence(kind, edge, sources)]
                for first, edge in rows
            ],
        )

    def _value(self, described: Property, edge: Edge, names: Mapping[str, Link]) -> Cell:
        value = edge.properties.get(described.name)
        if isinstance(value, str) and value in names:
            return names[value]
        return None if value in (None, (), "") else value_text(described, value, self.language)

    def _evidence(self, kind: EdgeType, edge: Edge, sources: Mapping[str, Node]) -> list[Cell]:
        said = facts_of(kind.properties, edge.properties, self.language)
        status = joined(*(said[name][1] for name in ("status", "confidence") if name in said))
        as_of = said["as_of"][1] if "as_of" in said else self.say("explore.claims")
        return [
            status or None,
            said["evidence"][1] if "evidence" in said else None,
            Link(as_of, LINKS.claims_of(edge.id)),
            self.sources(edge.properties, sources),
        ]

    def idle(self, node: Node) -> str:
        """That a plant is planned, being built or closed, and since when that is on record; empty for whatever else."""
        if node.label != "Plant" or node.properties.get("progress") in (None, "operating"):
            return ""
        said = facts_of(NODE_TYPE["Plant"].properties, node.properties, self.language)
        return self.say("explore.idle", progress=said["progress"][1], day=node.properties.get("as_of"))

    def cities(self, site_ids: Iterable[str]) -> dict[str, tuple[Link, ...]]:
        """The cities that enterprises and plants are in, by id; those of the corridor as they are told apart there."""
        sites = (one for one in site_ids if label_of(one) in ("Enterprise", "Plant"))
        found = whereabouts_of(self.reader, sites, scope(self.reader, []))
        names = self.linked(city.id for own in found.values() for city in own)
        return {site: tuple(names[city.id] for city in own) for site, own in found.items()}


def kind_name(kind: Kind, language: Language) -> str:
    """What a kind of relation is called from the side that a thing sees it from."""
    said = kind.type.text if kind.is_forward else kind.type.back
    text = said.in_(language)
    return text[:1].upper() + text[1:]


def weight(one: Relation) -> tuple[float, float, float, float, str]:
    """Large shares and amounts first, then who is first in the market, what is first in its maker's business, then by id."""

    def number(name: str, otherwise: float) -> float:
        value = one.edge.properties.get(name)
        return float(value) if isinstance(value, int | float) else otherwise

    ranks = number("market_rank", 1_000), number("rank", 1_000)
    return -number("share", 0), -number("amount_10k_cny", 0), *ranks, one.other.id


_NEXT: Mapping[str, Sequence[tuple[str, str, Mapping[str, str]]]] = {
    "Product": [("candidates", "product", {}), ("scenarios", "shocks", {}), ("cascade", "shocks", {}), ("survival", "scope", {}),
                ("trace", "subjects", {}), ("concentration", "subjects", {}), ("cuts", "product", {}), ("cooperation", "subject", {})],
    "Enterprise": [("partners", "subject", {}), ("scenarios", "shocks", {}), ("cascade", "shocks", {}), ("trace", "subjects", {})],
    "Plant": [("scenarios", "shocks", {}), ("cascade", "shocks", {})],
    "Place": [("next_products", "city", {}), ("gaps", "places", {}), ("scenarios", "shocks", {}), ("cascade", "shocks", {}),
              ("concentration", "places", {}), ("key_technologies", "places", {}), ("candidates", "places", {})],
    "Chain": [("gaps", "chain", {}), ("key_technologies", "chain", {}), ("candidates", "chain", {}),
              ("concentration", "chain", {}), ("survival", "scope", {"fails": "city"}), ("what_is_missing", "chain", {}),
              ("science_chain", "chain", {})],
    "Technology": [("science_chain", "technology", {}), ("cooperation", "subject", {}), ("trace", "subjects", {}),
                   ("concentration", "subjects", {"what": "technology"}), ("scenarios", "shocks", {}), ("cascade", "shocks", {})],
    "Center": [("certificate", "center", {}), ("certification", "center", {}), ("tracking", "center", {}), ("lineage", "center", {}), ("attribution", "center", {}),
               ("scenarios", "shocks", {}), ("cascade", "shocks", {})],
    "Proposal": [("fund", "projects", {})],
}  # fmt: skip
"""The questions that a thing of a label leads to: name, the parameter that takes it, and what else is given."""


def joined(*texts: str) -> str:
    """Short texts in one line, those that are empty left out."""
    return " · ".join(text for text in texts if text)


def on_record(enterprises: int) -> Text:
    """How many enterprises are on record, as people say it: that none is does not say that there is none."""
    return Text("explore.on_record", count=enterprises) if enterprises else Text("explore.none_on_record")


def interval(language: Language, least: Value, most: Value) -> str | None:
    """A share, or the least and the greatest that it may be; a side that is not known is open."""
    if not isinstance(least, float) and not isinstance(most, float):
        return None
    low, high = (share_text(float(one), language) if isinstance(one, int | float) else "?" for one in (least, most))
    return low if low == high else f"{low}–{high}"
