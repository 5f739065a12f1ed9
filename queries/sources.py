"""Where products and technologies come from: the sources on record, what share each is known to have, and where it is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from graph.derivations import HOME, HOME_NAMES
from graph.texts import Text
from queries.makers import Kinds, Maker, kinds_of_makers, maker_evidence
from queries.reader import Reader
from queries.scope import Scope
from queries.sections import Sections

_SECTIONS = Sections(__file__)

WHOLE = 0.98
"""Known shares that add up to this or more are the whole supply and are made to add up to 1."""
ROUNDING = 1e-9
"""Up to this sums come out alike on every engine."""
LONG_AGO = 10
"""Years after which what is on record is said to be old: a market is another one by then, and so may its makers be."""
ANYWHERE = 1e12
"""Over how many parts something may be spread of which nothing says over how many."""


class _Row(NamedTuple):
    subject_id: str
    source_id: str
    unit_id: str
    site_id: str
    name: str
    steps: int | None
    made_id: str | None
    edge_id: str
    located_id: str | None
    share: float | None
    place_id: str | None
    control_country: str | None
    is_in: bool
    is_away: bool


class _Country(NamedTuple):
    country_id: str
    name_zh: str
    name_en: str | None
    aliases: Sequence[str] | None


sources_of = _SECTIONS.rows("sources_of", _Row)
technologies_of = _SECTIONS.ids("technologies_of", "technology_id")
counted_subjects = _SECTIONS.count("subject_count", "subjects")
countries = _SECTIONS.rows("countries", _Country)


def subject_count(reader: Reader, what: str, chains: Sequence[str] = ()) -> int:
    """How many products or technologies there are, of products those of the chains where some are given."""
    return counted_subjects(reader, prefix=f"{what}:", chains=chains)


def home_country(reader: Reader) -> str:
    """The id of the country of the codes of GB/T 2260, whatever its node is called; `HOME` where it has none."""
    for country, *names, aliases in countries(reader):
        if {str(name).lower() for name in (country.partition(":")[2], *names, *(aliases or ()))} & HOME_NAMES:
            return country
    return HOME


@dataclass(frozen=True, slots=True)
class Source:
    """A maker, a site of one whose every site has a known share, or a place that a product or technology comes from.

    `share` is what is on record, `None` where not known; `places` the places of the level that its sites are in, itself
    or its group where these are told apart, `lost` how many sites are in none. Where it is in the asked places and
    elsewhere too, `is_in` and `may_be_outside` are both true: what part is where is not known.
    """

    subject_id: str
    id: str
    name: str
    share: float | None
    places: tuple[str, ...]
    lost: int
    is_in: bool
    is_outside: bool
    may_be_outside: bool
    control_country: str | None
    ways: tuple[Maker, ...]
    edge_ids: tuple[str, ...]
    located_ids: tuple[str, ...]

    @property
    def is_place(self) -> bool:
        """Whether it is a place on record as providing the product."""
        return self.id.startswith("place:")

    @property
    def spread(self) -> float:
        """Over how many places of the level it may be spread: a wider place over any number."""
        return ANYWHERE if self.is_place and not self.places else len(self.places) + self.lost

    @property
    def part(self) -> tuple[bool, str]:
        """What it counts to: its place of the level, or itself apart (true) where that is not known or there are several."""
        return (False, self.places[0]) if len(self.places) == 1 and not self.lost else (True, self.id)


def sources_by_subject(
    reader: Reader, subject_ids: Iterable[str], level: str, where: Scope, min_confidence: float = 0.0
) -> dict[str, list[Source]]:
    """The sources of each of some products or technologies that has any, by id."""
    rows = sources_of(
        reader, subject_ids=sorted(set(subject_ids)), level=level, areas=where.areas, around=where.around,
        min_confidence=min_confidence,
    )  # fmt: skip
    found: dict[str, list[Source]] = {}
    for (subject, _), group in groupby(rows, key=lambda row: (row.subject_id, row.source_id)):
        found.setdefault(subject, []).append(_source(list(group), where))
    return found


def _source(rows: Sequence[_Row], where: Scope) -> Source:
    subject, id_, name = rows[0].subject_id, rows[0].source_id, rows[0].name
    sites, units = defaultdict[str, list[_Row]](list), defaultdict[str, list[float]](list)
    for row in rows:
        sites[row.site_id].append(row)
        units[row.unit_id] += [] if row.share is None else [row.share]
    is_away = {
        site: any(row.is_away for row in own) or (site.startswith("place:") and not own[0].is_in and site not in where.around)
        for site, own in sites.items()
    }  # fmt: skip
    is_in = {site: own[0].is_in for site, own in sites.items()}
    is_told = all(units.values())
    nearest = [min(own, key=lambda row: (row.steps or 0, row.edge_id)) for own in sites.values()]
    ways = [(row.site_id, row.made_id or subject, row.steps) for row in nearest if row.steps is not None]
    if ways and is_told and rows[0].unit_id not in sites:
        ways.append((id_, subject, 0))  # who has the share on record is the enterprise, not its plants
    return Source(
        subject, id_, name, sum(max(shares) for shares in units.values()) if is_told else None,
        tuple(sorted({row.place_id for row in rows if row.place_id})),
        sum(not any(row.place_id for row in own) for own in sites.values()),
        any(is_in.values()), all(is_away[site] and not is_in[site] for site in sites),
        any(is_away[site] or not is_in[site] for site in sites), rows[0].control_country,
        tuple(Maker(subject, id_, site, name, made, steps, None, id_, None, False, False) for site, made, steps in ways),
        tuple(row.edge_id for row in nearest if row.steps is None),
        tuple(sorted({row.located_id for row in rows if row.located_id})),
    )  # fmt: skip


def rest_of(sources: Sequence[Source]) -> tuple[float, float]:
    """What the known shares are divided by, and what they leave of the whole.

    Known shares of 0.98 or more are all: they are made to add up to 1.
    """
    known = sum(source.share or 0.0 for source in sources)
    return (known, 0.0) if known >= WHOLE - ROUNDING else (1.0, 1.0 - known)


def is_known(least: float | None, most: float | None) -> bool:
    """Whether a value is known by its least and its most."""
    return least is not None and most is not None and most - least < ROUNDING


def weights(sources: Sequence[Source]) -> list[float]:
    """The weights of sources if those of unknown share divided alike what is left (an assumption); together 1.

    Where nobody's share is unknown, those on record stand for the whole.
    """
    scale, rest = rest_of(sources)
    untold = sum(source.share is None for source in sources)
    if not untold and rest:
        known = 1.0 - rest
        return [(source.share or 0.0) / known if known > ROUNDING else 1 / len(sources) for source in sources]
    return [rest / untold if source.share is None else source.share / scale for source in sources]


def source_evidence(sources: Iterable[Source], kinds: Kinds) -> list[str]:
    """The ids of the edges that make them sources."""
    found: list[str] = []
    for source in sources:
        found += [*source.edge_ids, *maker_evidence(source.ways, kinds)]
    return found


def kinds_of_sources(reader: Reader, sources: Iterable[Source]) -> Kinds:
    """The KIND_OF edges above what those make that make a narrower kind."""
    return kinds_of_makers(reader, (way for source in sources for way in source.ways))


# --- in words ------------------------------------------------------------------------------------------------------------


def between(least: float, most: float, digits: str = ".2g") -> Text:
    """A number, or the least and the greatest that it may be, the same in whatever order it was reckoned."""
    least, most = round(least, 9) + 0.0, round(most, 9) + 0.0  # No −0, which a sum may leave.
    said = f"{least:{digits}}" if is_known(least, most) else f"{least:{digits}}–{most:{digits}}"
    return Text.both(said, said)


def foreign_text(reader: Reader, least: float, most: float, basis: str, year: int | None) -> Text:
    """A foreign share with what it is a share of (`derived`: of the shares of makers and places), the year, and whether that
    is long ago.
    """
    said = Text(f"key_technologies.basis.{basis}")
    share = between(100 * least, 100 * most, ".3g")
    if year is None:
        return Text("key_technologies.foreign", share=share, basis=said)
    day = reader.graph()[1]
    years = day.year - year if day else 0
    old = Text("key_technologies.long_ago", years=years) if years > LONG_AGO else ""
    return Text("key_technologies.foreign_of_year", share=share, basis=said, year=year, old=old)
