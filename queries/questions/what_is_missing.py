"""What is not known and would change most verdicts if it were: the next facts to look for, and where."""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from graph.texts import Text
from queries.answer import Answer, Row, cut_note
from queries.reader import Reader
from queries.registry import question
from queries.scope import ChainName, Limit, Places, Scope, Several, called, chain_ids, scope
from queries.sections import Sections
from queries.verdicts import HHI_ABOVE, Judged, Thresholds, Verdict, product_count, worst

_SECTIONS = Sections(__file__)
_ALL = 100_000
_DOCUMENTS = 3


class Fact(StrEnum):
    """A kind of fact that is not known: those that decide verdicts first, then those that open an interval, then times."""

    PLACE = "place"
    INPUT_CLASS = "input_class"
    SHARES = "shares"
    FOREIGN_SHARE = "foreign_share"
    CONTROL = "control"
    RECOVERY = "recovery"


_TIER = {Fact.PLACE: 0, Fact.INPUT_CLASS: 0, Fact.SHARES: 0, Fact.FOREIGN_SHARE: 1, Fact.CONTROL: 1, Fact.RECOVERY: 2}
"""What is looked for first: what decides a verdict, then what makes a measure an interval, then what times it."""


class Missing(Row):
    """A fact that is not known: of what, how many products' verdicts wait for it, and where it may be found."""

    key = ("fact", "subject_id")
    table = ("name_zh", "fact", "products", "downstream", "why", "look_in")

    fact: Fact
    subject_id: str
    name_zh: str
    products: int
    downstream: int
    why: Text
    look_in: Text
    evidence_ids: list[str]


class MissingAnswer(Answer):
    """The facts to look for."""

    rows: list[Missing]
    counts: dict[Fact, int]

    def in_short(self, reader: Reader) -> Text:
        """How many facts are lacking, and the first of them."""
        first = self.rows[0]
        return Text(
            "what_is_missing.headline", facts=sum(self.counts.values()), name=called(reader, first.subject_id),
            fact=first.fact, products=first.products,
        )  # fmt: skip


class _Lacking(NamedTuple):
    subject_id: str
    name_zh: str
    products: int
    downstream: int


class _Document(NamedTuple):
    subject_id: str
    document_id: str
    name_zh: str
    name_en: str | None


places_of_makers = _SECTIONS.rows("places_of_makers", _Lacking)
controllers_of_makers = _SECTIONS.rows("controllers_of_makers", _Lacking)
foreign_shares = _SECTIONS.rows("foreign_shares", _Lacking)
classes_of_inputs = _SECTIONS.rows("classes_of_inputs", _Lacking)
recoveries = _SECTIONS.rows("recoveries", _Lacking)
essential_products = _SECTIONS.rows("essential_products", _Lacking)
documents = _SECTIONS.rows("documents", _Document)


@question(order=15)
def what_is_missing(
    reader: Reader, *, chain: ChainName = "", places: Places = [], facts: Several[Fact] = [], limit: Limit = 50
) -> MissingAnswer:
    """Which facts to look for next: what is not known and most verdicts wait for."""
    where, chains = scope(reader, places), chain_ids(reader, chain)
    found = {fact: _lacking(reader, fact, where, chains) for fact in facts or Fact}
    order = list(Fact)
    ranked = sorted(
        ((fact, one) for fact, several in found.items() for one in several),
        key=lambda of: (_TIER[of[0]], -of[1].products, -of[1].downstream, order.index(of[0]), of[1].subject_id),
    )
    products = product_count(reader)
    return MissingAnswer(
        rows=_rows(reader, ranked[:limit]),
        counts={fact: len(several) for fact, several in found.items()},
        looked_at=products, looked_at_what=Text("common.products"),
        conventions=[*where.conventions, Text("what_is_missing.convention.rank"), Text("what_is_missing.convention.kinds")],
        notes=_notes(products, len(ranked), limit),
    )  # fmt: skip


def _notes(products: int, lacking: int, limit: int) -> list[Text]:
    if not products:
        return [Text("common.no_product")]
    return cut_note(lacking, limit) if lacking else [Text("what_is_missing.note.nothing")]


def _lacking(reader: Reader, fact: Fact, where: Scope, chains: Sequence[str]) -> list[_Lacking]:
    match fact:
        case Fact.PLACE:
            return places_of_makers(reader, areas=where.areas, around=where.around, chains=chains, limit=_ALL)
        case Fact.CONTROL:
            return controllers_of_makers(reader, areas=where.areas, chains=chains, limit=_ALL)
        case Fact.FOREIGN_SHARE:
            return foreign_shares(reader, chains=chains, limit=_ALL)
        case Fact.INPUT_CLASS:
            return classes_of_inputs(reader, chains=chains, limit=_ALL)
        case Fact.RECOVERY:
            return recoveries(reader, chains=chains, limit=_ALL)
        case Fact.SHARES:
            return _undecided(reader, where, chains)


def _undecided(reader: Reader, where: Scope, chains: Sequence[str]) -> list[_Lacking]:
    """Essential products that are concentrated or not, as the shares of their makers that are not known may be."""
    verdicts = (Verdict.CONCENTRATED, Verdict.STRONG, Verdict.SUPPLIED)
    judged = worst(reader, where, chains, Thresholds(), verdicts, _ALL)
    return essential_products(reader, product_ids=[row.product_id for row in judged if _is_open(row)])


def _is_open(row: Judged) -> bool:
    return (
        not row.is_exact
        and row.hhi is not None
        and row.hhi <= HHI_ABOVE < (1.0 if row.hhi_most is None else row.hhi_most)
    )


def _rows(reader: Reader, ranked: Sequence[tuple[Fact, _Lacking]]) -> list[Missing]:
    on_record = defaultdict[str, list[_Document]](list)
    for row in documents(reader, subject_ids=sorted({one.subject_id for _, one in ranked})) if ranked else ():
        on_record[row.subject_id].append(row)
    return [
        Missing(
            fact=fact, subject_id=one.subject_id, name_zh=one.name_zh, products=one.products, downstream=one.downstream,
            why=Text(f"what_is_missing.why.{fact}"), look_in=_where_to_look(fact, on_record[one.subject_id]),
            evidence_ids=[one.subject_id],
        )
        for fact, one in ranked
    ]  # fmt: skip


def _where_to_look(fact: Fact, on_record: Sequence[_Document]) -> Text:
    """What kind of document has such facts, and those that are on record for the node."""
    if not on_record:
        return Text(f"what_is_missing.look_in.{fact}")
    names = [Text.both(row.name_zh, row.name_en or "") for row in on_record[:_DOCUMENTS]]
    return Text("what_is_missing.look_in.beside", documents=Text(f"what_is_missing.look_in.{fact}"), on_record=names)
