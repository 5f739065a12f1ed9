"""How well the score of partners finds links that were held back, beside Adamic–Adar and preferential attachment.

`python -m bench.partners` measures on the bundled dataset, with `--store ADDRESS NAME` on a graph that is loaded; prints a
table and, with `--write`, renews `queries/questions/partners_skill.json`, which the answers show. Sales, shares and cooperations on
record are too few to test on, so MAKES edges are held back: the score is the one that the question gives an enterprise as
supplier or buyer of a product, of each part the better of the two, from what is left; it is right where the enterprise
makes the product. The whole graph is read, so the texts are here and not with the question.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.sparse import csr_array, diags_array, eye_array

from bench.link_prediction import (
    Links,
    Score,
    Skill,
    adamic_adar,
    hold_out,
    links,
    preferential_attachment,
    skill,
)
from graph.ontology import label_of
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.dataset import BUNDLED, datasets_at
from ingest.pipeline import checked
from queries.algorithms.relatedness import proximity
from queries.questions.partners import PARTS, SKILL_FILE, WEIGHTS
from queries.reader import Reader
from queries.sections import Sections

MOST_HIDDEN = 300
"""Links held back: each is ranked among all products, which takes a while in a large graph."""
SHARE = 0.1
SEEDS = range(5)
Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """What was measured on one graph: means over the seeds."""

    data: str
    makes: int
    hidden: int
    seeds: list[int]
    scores: dict[str, dict[str, float]]


class _Node(NamedTuple):
    node_id: str


class _Pair(NamedTuple):
    start_id: str
    end_id: str


_SECTIONS = Sections(__file__)
nodes = _SECTIONS.rows("nodes", _Node)
makes = _SECTIONS.rows("makes", _Pair)
inputs = _SECTIONS.rows("inputs", _Pair)
kinds = _SECTIONS.rows("kinds", _Pair)
needs = _SECTIONS.rows("needs", _Pair)
masters = _SECTIONS.rows("masters", _Pair)


@dataclass(frozen=True)
class Around:
    """What the score knows beside MAKES: (products, products) and technologies, as zeros and ones; all by number.

    What goes into a broader kind goes into the product too, and so on the other side; never the product itself.
    """

    makers: Mapping[str, int]
    products: Mapping[str, int]
    makes: Numbers  # (edges, 2): maker, product
    into: csr_array  # row p: what goes into p
    out: csr_array  # row p: what p goes into
    broader: csr_array  # row p: p itself and what it is a kind of
    needed: csr_array  # (products, technologies)
    mastered: csr_array  # (makers, technologies)


def around(store: GraphStore) -> Around:
    """The parts of a graph that the score is made of."""
    reader = Reader(store)
    ids = [row.node_id for row in nodes(reader)]
    makers, products, technologies = (
        {i: n for n, i in enumerate(i for i in ids if label_of(i) == label)}
        for label in ("Enterprise", "Product", "Technology")
    )
    inside = _matrix(inputs(reader), products, products)
    itself = eye_array(len(products), format="csr")
    broader = (_matrix(kinds(reader), products, products) + itself).tocsr()
    broader.data[:] = 1
    return Around(
        makers, products, np.array([(makers[e], products[p]) for e, p in makes(reader)], np.int64).reshape(-1, 2),
        _of_others(broader @ inside.T), _of_others(broader @ inside), broader,
        _matrix(needs(reader), products, technologies), _matrix(masters(reader), makers, technologies),
    )  # fmt: skip


def _of_others(found: csr_array) -> csr_array:
    """Zeros and ones, without the product itself."""
    pairs = found.tocoo()
    row, column = pairs.coords
    return _ones(row[row != column], column[row != column], *found.shape)


def _matrix(pairs: Sequence[_Pair], rows: Mapping[str, int], columns: Mapping[str, int]) -> csr_array:
    ends = np.array([(rows[a], columns[b]) for a, b in pairs], np.int64).reshape(-1, 2).T
    return _ones(ends[0], ends[1], len(rows), len(columns))


def _ones(row: Numbers, column: Numbers, rows: int, columns: int) -> csr_array:
    found = csr_array((np.ones(len(row)), (row.astype(np.int32), column.astype(np.int32))), (rows, columns))
    found.sum_duplicates()
    found.data[:] = 1
    return found


class PartnerScore:
    """The score of `queries.questions.partners` for pairs of a maker and a product, from the links that are known."""

    def __init__(self, facts: Around, known: Links) -> None:
        self.facts, self.known = facts, known
        maker, product = known.pairs.T
        self.made = _ones(maker, product - len(facts.makers), len(facts.makers), len(facts.products))
        counted = (self.made @ facts.broader).tocsr()
        counted.data[:] = 1
        self.counted = counted
        self.count = counted.sum(axis=1)
        self.offers = diags_array(1 / np.maximum(counted.sum(axis=0), 1))
        near = proximity(self.made, np.arange(self.made.shape[1]))
        near.setdiag(0)
        near.eliminate_zeros()
        self.near, self.whole = near, near.sum(axis=1)
        self.beside = (facts.into + facts.out).tocsr()
        self.beside.data[:] = 1

    def __call__(self, pairs: Numbers) -> Floats:
        """Scores, maker by maker."""
        maker, product = pairs[:, 0], pairs[:, 1] - len(self.facts.makers)
        found, weights = np.zeros(len(pairs)), np.array(WEIGHTS) / sum(WEIGHTS)
        order = np.argsort(maker, kind="stable")
        for places in np.split(order, np.flatnonzero(np.diff(maker[order])) + 1):
            if len(places):
                found[places] = self._parts(int(maker[places[0]]), product[places]) @ weights
        return found

    def _parts(self, maker: int, product: Numbers) -> Floats:
        """The parts of one maker's score for some products, in the order of `PARTS`; a product has no place."""
        counted, made = (m[[maker]].toarray()[0] for m in (self.counted, self.made))
        parts = np.zeros((len(product), len(PARTS)))
        for wanted in (self.facts.into[product], self.facts.out[product]):
            size = np.sqrt(wanted.sum(axis=1) * self.count[maker])
            parts[:, 0] = np.maximum(
                parts[:, 0], np.divide(wanted @ counted, size, out=np.zeros(len(size)), where=size > 0)
            )
        offers = self.beside[product] @ diags_array(counted) @ self.offers
        parts[:, 1] = offers.max(axis=1).toarray().ravel() if offers.nnz else 0
        whole = self.whole[product]
        parts[:, 2] = np.divide(self.near[product] @ made, whole, out=np.zeros(len(whole)), where=whole > 0)
        needed = self.facts.needed[product]
        size = needed.sum(axis=1)
        held = needed @ self.facts.mastered[[maker]].toarray()[0]
        parts[:, 4] = np.divide(held, size, out=np.zeros(len(size)), where=size > 0)
        return parts


def partner_score(facts: Around) -> Score:
    """The score as the measure of skill calls it; what it makes of the known links is kept from call to call."""
    last: list[PartnerScore] = []

    def score(known: Links, pairs: Numbers) -> Floats:
        if not last or last[0].known is not known:
            last[:] = [PartnerScore(facts, known)]
        return last[0](pairs)

    return score


def measured(store: GraphStore, data: str, seeds: Sequence[int]) -> Run:
    """The skill of the three scores on a graph."""
    facts = around(store)
    makers, (maker, product) = len(facts.makers), facts.makes.T
    whole = links(makers + len(facts.products), maker, product + makers, side=makers)
    share = min(SHARE, MOST_HIDDEN / len(facts.makes))
    scores: dict[str, Score] = {
        "partners": partner_score(facts),
        "Adamic–Adar": adamic_adar,
        "preferential attachment": preferential_attachment,
    }
    found: dict[str, list[Skill]] = {name: [] for name in scores}
    for seed in seeds:
        held = hold_out(whole, share, seed)
        for name, score in scores.items():
            found[name].append(skill(score, held, seed=seed, most_compared=20_000))
    return Run(
        data, len(facts.makes), sum(s.hidden for s in found["partners"]), list(seeds),
        {n: {"auc": _mean([s.auc for s in f]), "mrr": _mean([s.mrr for s in f])} for n, f in found.items()},
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)


def bundled() -> Run:
    """The skill on the bundled dataset."""
    store, result = open_store("ladybug://:memory:"), checked(datasets_at([BUNDLED]))
    store.replace(result.batches, result.run_id)
    found = measured(store, "corridor", SEEDS)
    store.close()
    return found


def table(runs: Sequence[Run]) -> Table:
    """AUC and MRR side by side."""
    names = list(runs[0].scores)
    shown = Table("", "held back", *names, title="Partners: AUC / MRR of held-back MAKES")
    for run in runs:
        cells = [f"{run.scores[name]['auc']:.3f} / {run.scores[name]['mrr']:.3f}" for name in names]
        shown.add_row(run.data, f"{run.hidden:,} of {run.makes:,}", *cells)
    return shown


def main() -> int:
    """Measure, print, write where asked to. The exit code is 0."""
    parser = argparse.ArgumentParser(description="Skill of the score of partners.")
    parser.add_argument("--store", nargs=2, metavar=("ADDRESS", "NAME"), action="append", default=[])
    parser.add_argument("--write", action="store_true", help=f"renew {SKILL_FILE.name}")
    given = parser.parse_args()
    works: list[Callable[[], Run]] = [bundled, *(partial(_of_store, *pair) for pair in given.store)]
    runs = [work() for work in works]
    Console(width=None if sys.stdout.isatty() else 120).print(table(runs))
    if given.write:
        text = {"measured_on": date.today().isoformat(), "weights": dict(zip(PARTS, WEIGHTS, strict=True)),
                "runs": [asdict(run) for run in runs]}  # fmt: skip
        SKILL_FILE.write_text(json.dumps(text, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def _of_store(address: str, name: str) -> Run:
    store = open_store(address)
    found = measured(store, name, [0])
    store.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
