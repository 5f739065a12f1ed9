"""Where products and technologies come from: the sources on record, what share each is known to have, and where it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from graph.derivations import HOME, HOME_NAMES
from queries.makers import Kinds, Maker, kinds_of_makers, maker_evidence
from queries.reader import Reader
from queries.scope import Scope
from queries.sections import Sections

_SECTIONS = Sections(__file__)

WHOLE = 0.98
"""Known shares that add up to this or more are the whole supply and are made to add up to 1."""
ROUNDING = 1e-9
"""Up to this sums come out alike on every engine."""
ANYWHERE = 1e12
"""Over how many parts something may be spread of which nothing says over how many."""


class _Row(NamedTuple):
    subject_id: str
    source_id: str
    name: str
    steps: int | None
    made_id: str | None
    edge_id: str
    located_id: str | None
    share: float | None
    place_id: str | None
    is_in: bool
    is_away: bool


class _Technology(NamedTuple):
    technology_id: str


class _Country(NamedTuple):
    country_id: str
    name_zh: str
    name_en: str | None
    aliases: Sequence[str] | None


class _Count(NamedTuple):
    subjects: int
    none_id: str


sources_of = _SECTIONS.rows("sources_of", _Row)
technologies_of = _SECTIONS.rows("technologies_of", _Technology)
counted_subjects = _SECTIONS.rows("subject_count", _Count)
countries = _SECTIONS.rows("countries", _Country)


def subject_count(reader: Reader, what: str, chains: Sequence[str] = ()) -> int:
    """How many products or technologies there are, of products those of the chains where some are given."""
    return sum(row.subjects for row in counted_subjects(reader, prefix=f"{what}:", chains=chains))


def home_country(reader: Reader) -> str:
    """The id of the country of the codes of GB/T 2260, whatever its node is called; `HOME` where it has none."""
    for country, *names, aliases in countries(reader):
        if {str(name).lower() for name in (country.partition(":")[2], *names, *(aliases or ()))} & HOME_NAMES:
            return country
    return HOME


@dataclass(frozen=True, slots=True)
class Source:
    """An enterprise or a place that a product or technology comes from.

    `share` is what is on record, `None` where not known; `places` the places of the level that it is in, itself where
    enterprises are told apart. Where it is in the asked places and elsewhere too, `is_in` and `is_out` are both true: what
    part is where is not known.
    """

    subject_id: str
    id: str
    name: str
    share: float | None
    places: tuple[str, ...]
    is_in: bool
    is_out: bool
    steps: int | None
    made_id: str | None
    edge_id: str
    located_ids: tuple[str, ...]

    @property
    def is_place(self) -> bool:
        """Whether it is a place on record as providing the product."""
        return self.id.startswith("place:")

    @property
    def is_outside(self) -> bool:
        """Whether it is known to be elsewhere only."""
        return self.is_out and not self.is_in

    @property
    def may_be_outside(self) -> bool:
        """Whether a part of it may be elsewhere."""
        return self.is_out or not self.is_in

    @property
    def spread(self) -> float:
        """Over how many places of the level it may be spread: a wider place over any number."""
        return len(self.places) or (ANYWHERE if self.is_place else 1)

    @property
    def part(self) -> tuple[bool, str]:
        """What it counts to: its place of the level, or itself apart (true) where that is not known or there are several."""
        return (False, self.places[0]) if len(self.places) == 1 else (True, self.id)


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
    first = min(rows, key=lambda row: (row.steps or 0, row.edge_id))
    is_coarse = first.source_id.startswith("place:") and not first.is_in and first.source_id not in where.around
    return Source(
        first.subject_id, first.source_id, first.name, max((r.share for r in rows if r.share is not None), default=None),
        tuple(sorted({row.place_id for row in rows if row.place_id})), first.is_in,
        is_coarse or any(row.is_away for row in rows), first.steps, first.made_id, first.edge_id,
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
        found += [source.edge_id] if source.steps is None else maker_evidence([as_maker(source)], kinds)
    return found


def kinds_of_sources(reader: Reader, sources: Iterable[Source]) -> Kinds:
    """The KIND_OF edges above what those make that make a narrower kind."""
    return kinds_of_makers(reader, (as_maker(source) for source in sources if source.steps))


def as_maker(source: Source) -> Maker:
    """The source as a maker of the product."""
    made = source.made_id or source.subject_id
    return Maker(
        source.subject_id, source.id, source.id, source.name, made, source.steps or 0, source.share, source.id, None,
        source.is_in, source.is_out,
    )  # fmt: skip
