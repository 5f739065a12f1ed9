"""Where what was developed in centres is produced: centre, resident, project, result, plant and its place, how long it took, and
what is lost when a centre closes.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from statistics import median
from typing import ClassVar, NamedTuple

from graph.model import edge_id
from graph.ontology import label_of
from graph.texts import Measure, Share, Text
from queries.answer import Answer, Row, counted, cut_note, row_with
from queries.centres import Center, CenterName, around, center_id, centers, places_of, resident_rows
from queries.production_network import LinkSource
from queries.questions.cascade import CascadeAnswer, Sort
from queries.reader import Reader
from queries.registry import answer_to, question
from queries.scope import Limit, Several, called, called_each, corridor_places
from queries.sections import Sections, by_first

_SECTIONS = Sections(__file__)
_NAMED = 5
_CITED = 100


class Where(StrEnum):
    """Where a result is produced, seen from its centre."""

    HOST = "host"
    HOME = "home"
    CORRIDOR = "corridor"
    OUTSIDE = "outside"
    UNPLACED = "unplaced"
    NOT_YET = "not_yet"
    NO_RESULT = "no_result"
    COUNTS = "counts"


class Descent(Row):
    """A way from a centre over a project and its result to where that is produced; or what is published of a centre."""

    key = ("center_id", "project_id", "result_id", "to_id")
    table = (
        "center_name", "project_name", "enterprises", "result_name", "where", "to_name", "place_name", "days", "products", "is_lost", "result_kind",
        "published",
    )  # fmt: skip
    of_some = ("published", "project_name", "result_name", "to_name", "place_name", "days", "is_lost", "result_kind")

    center_id: str
    center_name: str
    enterprises: list[str]
    project_id: str | None
    project_name: str | None
    started_on: date | None
    result_id: str | None
    result_name: str | None
    result_kind: str | None
    yielded_on: date | None
    where: Where
    to_id: str | None
    to_name: str | None
    place_id: str | None
    place_name: Text | None
    first_output_on: date | None
    days: int | None
    products: list[str]
    is_lost: bool | None
    published: list[Text] | None
    evidence_ids: list[str]


class Closing(Row):
    """What part of all output is lost when a centre closes and its residents stop, over recorded links or over all."""

    key = ("center_id", "links")
    table = (
        "links_text",
        "loss",
        "direct",
        "beyond",
        "at_home",
        "at_host",
        "residents",
        "lost_results",
        "lost_at_home",
    )
    shares = ("loss", "direct", "beyond", "at_home", "at_host")
    of_some = ("loss", "direct", "beyond", "at_home", "at_host", "lost_at_home")

    center_id: str
    center_name: Text
    links: LinkSource
    links_text: Text
    residents: int
    loss: float | None
    direct: float | None
    beyond: float | None
    at_home: float | None
    at_host: float | None
    lost_results: int
    lost_at_home: int | None
    evidence_ids: list[str]


class LineageAnswer(Answer):
    """The ways, how many results are produced where, and what is lost when the centre that is asked for closes."""

    listed: ClassVar[tuple[str, ...]] = ("closing",)

    rows: list[Descent]
    closing: list[Closing]
    counts: dict[Where, int]
    days: float | None
    days_by_where: dict[Where, float]

    def in_short(self, reader: Reader) -> Text:
        """How many results are produced where, and how long that took."""
        parts = [
            Text("lineage.headline.part", where=one, count=n)
            for one, n in self.counts.items()
            if n and one is not Where.COUNTS
        ]
        if not parts:
            first = self.rows[0]
            return Text(
                "lineage.headline.published",
                centers=self.counts[Where.COUNTS],
                center=called(reader, first.center_id),
                published=first.published,
            )
        if self.days is None:
            return Text("lineage.headline", looked=self.looked_at, parts=parts)
        return Text("lineage.headline.days", looked=self.looked_at, parts=parts, days=Measure(self.days))

    def beside(self) -> list[Text]:
        if not self.closing:
            return [note for note in self.notes if note.id.startswith("lineage.closing")]
        alone, every = self.closing
        every_loss, recorded, at_home = (_said(share) for share in (every.loss, alone.loss, every.at_home))
        return [Text(
            "lineage.closing", center=every.center_name, every=every_loss, recorded=recorded, home=at_home,
            results=every.lost_results, at_home=Text("common.unknown") if every.lost_at_home is None else every.lost_at_home,
        )]  # fmt: skip


@question(order=148)
def lineage(
    reader: Reader, *, center: CenterName = "", where: Several[Where] = [], limit: Limit = 200
) -> LineageAnswer:
    """Where what was developed in a centre is produced, and how long that took."""
    chosen = center_id(reader, center)
    every = {one.id: one for one in centers(reader, chosen)}
    found = _Found(reader, every, chosen)
    ways = sorted(found.ways(), key=_order)
    kept = [row for row in ways if not where or row.where in where]
    has_projects = any(row.project_id for row in ways)
    days: dict[Where, list[int]] = defaultdict(list)
    for row in kept:
        if row.days is not None:
            days[row.where].append(row.days)
    closing, not_known = _closing(reader, every[chosen[0]], ways) if chosen else ([], [])
    why = [] if has_projects else [Text("lineage.no_project" if every else "centres.no_center")]
    return LineageAnswer(
        rows=kept[:limit],
        closing=closing,
        counts={one: sum(row.where is one for row in kept) for one in Where},
        days=float(median(told)) if (told := [row.days for row in kept if row.days is not None]) else None,
        days_by_where={one: float(median(own)) for one, own in days.items()},
        looked_at=len(ways),
        looked_at_what=Text("lineage.ways"),
        conventions=[Text(f"lineage.means.{name}") for name in ("where", "days", "lost", "closing")],
        notes=[
            *why, *not_known, *([Text("lineage.none_of_these")] if ways and not kept else []),
            *counted("lineage.note", {"backwards": found.backwards}), *cut_note(len(kept), limit),
        ],
    )  # fmt: skip


# --- ways --------------------------------------------------------------------------------------------------------------


class _Project(NamedTuple):
    center_id: str
    project_id: str
    name_zh: str
    started_on: date | None
    edge_id: str
    enterprise_id: str | None
    enterprise: str | None


class _Result(NamedTuple):
    project_id: str
    result_id: str
    name_zh: str
    result_kind: str
    yielded_on: date | None
    edge_id: str


class _Source(NamedTuple):
    result_id: str
    center_id: str


class _Use(NamedTuple):
    result_id: str
    to_id: str
    name_zh: str
    first_output_on: date | None
    edge_id: str


class _Made(NamedTuple):
    plant_id: str
    product_id: str
    name_zh: str


class _Published(NamedTuple):
    center_id: str
    projects: int | None
    rights: int | None
    industrialised_at_home: int | None


projects = _SECTIONS.rows("projects", _Project)
results = _SECTIONS.rows("results", _Result)
sources = _SECTIONS.rows("sources", _Source)
uses = _SECTIONS.rows("uses", _Use)
made = _SECTIONS.rows("made", _Made)
published = _SECTIONS.rows("published", _Published)


class _Found:
    """Everything on the ways from some centres, each kind read once."""

    def __init__(self, reader: Reader, every: Mapping[str, Center], chosen: Sequence[str]) -> None:
        self.every = every
        self.backwards = 0
        self.projects: dict[tuple[str, str], list[_Project]] = defaultdict(list)
        for row in projects(reader, center_ids=chosen):
            self.projects[row.center_id, row.project_id].append(row)
        own = results(reader, project_ids={project for _, project in self.projects})
        self.results, result_ids = by_first(own), {row.result_id for row in own}
        self.sources = by_first(sources(reader, result_ids=result_ids))
        self.uses = by_first(uses(reader, result_ids=result_ids))
        sites = {row.to_id for rows in self.uses.values() for row in rows if label_of(row.to_id) != "Product"}
        self.at = places_of(reader, sites)
        # Whoever sent a centre may be a province, of which the sites' cities are a part.
        around_sites = around(reader, node_ids=sites)
        self.around = {(row.node_id, row.place_id) for row in around_sites}
        wide = {
            site: [row.place_id for row in rows] for site, rows in by_first(around_sites).items() if site not in self.at
        }
        self.province = {site: places[0] for site, places in wide.items() if len(places) == 1}
        self.made = by_first(made(reader, plant_ids={site for site in sites if label_of(site) == "Plant"}))
        self.corridor = set(corridor_places(reader))
        self.called = called_each(reader, {*self.at.values(), *self.province.values()})
        with_projects = {center for center, _ in self.projects}
        self.published = [row for row in published(reader, center_ids=chosen) if row.center_id not in with_projects]

    def ways(self) -> Iterator[Descent]:
        for (center, project), rows in self.projects.items():
            own = self.results.get(project, [])
            for result in own:
                yield from self._of_result(self.every[center], rows, result)
            if not own:
                yield self._way(self.every[center], rows, None, None, Where.NO_RESULT)
        for row in self.published:
            yield self._counts(self.every[row.center_id], row)

    def _of_result(self, center: Center, rows: Sequence[_Project], result: _Result) -> Iterator[Descent]:
        own = self.uses.get(result.result_id, [])
        sites = [use for use in own if label_of(use.to_id) != "Product"]
        for use in sites:
            yield self._way(center, rows, result, use, self._where(center, use.to_id))
        if not sites:
            yield self._way(center, rows, result, None, Where.UNPLACED if own else Where.NOT_YET)

    def _where(self, center: Center, site: str) -> Where:
        place = self.at.get(site)
        if place is not None and place == center.host:
            return Where.HOST
        if (place or site in self.province) and (site, center.sender) in self.around:
            return Where.HOME
        if place is None:
            return Where.UNPLACED
        return Where.CORRIDOR if place in self.corridor else Where.OUTSIDE

    def _way(
        self, center: Center, rows: Sequence[_Project], result: _Result | None, use: _Use | None, where: Where
    ) -> Descent:
        project = rows[0]
        own = self.uses.get(result.result_id, []) if result else []
        products = {row.name_zh: None for row in own if label_of(row.to_id) == "Product"}
        products |= {row.name_zh: None for row in (self.made.get(use.to_id, []) if use else [])}
        place = self.at.get(use.to_id, self.province.get(use.to_id)) if use else None
        begun, first = project.started_on, use.first_output_on if use else None
        days = (first - begun).days if begun and first else None
        self.backwards += days is not None and days < 0
        come_from = {row.center_id for row in self.sources.get(result.result_id, [])} if result else set[str]()
        firms = [row for row in rows if row.enterprise_id]
        return Descent(
            center_id=center.id, center_name=center.name, enterprises=[row.enterprise or "" for row in firms],
            project_id=project.project_id, project_name=project.name_zh, started_on=begun,
            result_id=result.result_id if result else None, result_name=result.name_zh if result else None,
            result_kind=result.result_kind if result else None, yielded_on=result.yielded_on if result else None,
            where=where, to_id=use.to_id if use else None, to_name=use.name_zh if use else None, place_id=place,
            place_name=self.called[place] if place else None, first_output_on=first,
            days=days if days is None or days >= 0 else None, products=[*products][:_NAMED],
            is_lost=come_from == {center.id} if result else None, published=None,
            evidence_ids=[
                center.id, project.project_id, project.edge_id, *(one for row in firms for one in (row.enterprise_id or "", edge_id("RUNS", row.enterprise_id or "", row.project_id))),
                *([result.result_id, result.edge_id] if result else []), *([use.to_id, use.edge_id] if use else []),
            ],
        )  # fmt: skip

    def _counts(self, center: Center, row: _Published) -> Descent:
        said = [
            Text(f"lineage.published.{name}", count=count)
            for name, count in zip(row._fields[1:], row[1:], strict=True)
            if count is not None
        ]
        return row_with(
            Descent, center_id=center.id, center_name=center.name, enterprises=[], products=[], where=Where.COUNTS, published=said,
            evidence_ids=[center.id],
        )  # fmt: skip


# --- when a centre closes ------------------------------------------------------------------------------------------------


def _closing(reader: Reader, center: Center, ways: Sequence[Descent]) -> tuple[list[Closing], list[Text]]:
    """What its residents' stop costs over recorded links and over all, as `cascade` says it; else why that is not known."""
    present = [row for row in resident_rows(reader, center_ids=[center.id]) if row.resident_status == "resident"]
    if not present:
        return [], [Text("lineage.closing.nobody", center=center.called)]
    lost = {row.result_id for row in ways if row.is_lost}
    at_home = {row.result_id for row in ways if row.is_lost and row.where is Where.HOME}
    found = []
    for links in (LinkSource.RECORDED, LinkSource.BOTH):
        # What is lost in all is the same whatever place is looked at.
        home, host = (_stopped(reader, center, links, place) for place in (center.sender, center.host))
        loss, direct = home.esri, home.direct
        # Whose residents neither make nor sell anything that is on record: that nothing is lost then is not known.
        if links is LinkSource.BOTH and loss is None:
            return [], [Text("lineage.closing.unknown", center=center.called, residents=len(present))]
        found.append(Closing(
            center_id=center.id, center_name=center.called, links=links, links_text=Text(f"lineage.links.{links}"), residents=len(present), loss=loss, direct=direct,
            beyond=None if loss is None or direct is None else round(max(loss - direct, 0.0), 12), at_home=_lost_in(home, center.sender), at_host=_lost_in(host, center.host),
            lost_results=len(lost), lost_at_home=None if center.sender is None else len(at_home),
            evidence_ids=[center.id, *(row.edge_id for row in present[:_CITED])],
        ))  # fmt: skip
    return found, []


def _stopped(reader: Reader, center: Center, links: LinkSource, place: str | None) -> CascadeAnswer:
    places = [place] if place else []
    asked = {"shocks": [center.id], "links": links, "places": places}
    return answer_to(reader, "cascade", CascadeAnswer, **asked, epsilon=1e-12, limit=1)


def _said(share: float | None) -> Share | Text:
    return Text("common.unknown") if share is None else Share(share)


def _lost_in(answer: CascadeAnswer, place: str | None) -> float | None:
    """What of the loss is in the place that was looked at, which may be a province; `None` where it is not known which."""
    if place is None or answer.esri is None:
        return None
    return next((one.loss for one in answer.parts_of(Sort.CITY) if one.part_id == place), 0.0)


def _order(row: Descent) -> tuple[int, int, str, str, str, str]:
    return (
        [*Where].index(row.where),
        -len(row.published or []),
        row.center_id,
        row.project_id or "",
        row.result_id or "",
        row.to_id or "",
    )
