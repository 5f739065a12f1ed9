"""The survival clock: how long a chain supplies its customers without some of its sites, and what a disruption costs.

Source: Simchi-Levi, Schmidt, Wei, Zhang, Combs, Ge, Gusikhin, Sanders, Zhang 2015, Interfaces 45:375. Sites have a capacity
c (units a time), a stock s and, where customers buy from them, a demand rate d and a loss f for each unit not sold.
Site j needs r_kj units of each of its materials k for a unit, from any of the sources P_jk. While the sites S do not
produce, production u, shipments y and lost sales l over a time t satisfy

    u_j ≤ h_kj + Σ_{i∈P_jk} y_ij / r_kj     for each material k of j
    Σ_j y_ij + d_i t − l_i ≤ u_i + s_i,     u_j ≤ c_j t,     u_j = 0 for j ∈ S,     0 ≤ l_i ≤ d_i t

Loss is the least Σ f l at t = time to recover (TTR); time to survive (TTS) is the largest t with l = 0; a gap is TTR − TTS
where that is positive. Both are linear programmes, solved by HiGHS. A site that both sells and supplies shares its stock;
one that stands still can still use up its own. Beyond the source, h_kj is what j holds of a material of its own, in units of j:
what it makes without any more of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, hstack, vstack

from queries.algorithms.arrays import FloatArray, IntArray, amounts, indices

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Sites and who supplies whom. All quantities of one site are in its own unit, all times in one unit."""

    capacity: FloatArray  # (sites) a time; infinite where nothing bounds it
    stock: FloatArray  # (sites)
    demand: FloatArray  # (sites) a time; 0 where no customer buys
    loss_per_unit: FloatArray  # (sites)
    source: IntArray  # (edges)
    user: IntArray  # (edges)
    material: IntArray  # (edges) those of one user and material are alternatives
    units: FloatArray  # (edges) of the source's output for one unit of the user's
    held: FloatArray  # (edges) of the user's output, for which it has the material; one number for a user and material

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return len(self.capacity)


def chain(
    *,
    capacity: ArrayLike,
    stock: ArrayLike,
    demand: ArrayLike,
    loss_per_unit: ArrayLike,
    source: ArrayLike,
    user: ArrayLike,
    material: ArrayLike,
    units: ArrayLike = 1.0,
    held: ArrayLike = 0.0,
) -> Chain:
    """A chain, checked. A site without edges into it makes its output from nothing, up to its capacity.

    Raises `ValueError` for negative numbers, units of 0, and where no site has a demand.

    >>> chain(capacity=[3, np.inf], stock=0, demand=[0, 2], loss_per_unit=1, source=[0], user=[1], material=[0]).sites
    2
    """
    able = np.asarray(capacity, dtype=np.float64)
    amounts("capacity", np.where(able == np.inf, 0, able))
    sites = len(able)
    sold = amounts("demand", demand, sites)
    if not sold.any():
        raise ValueError("no site has a demand, so nothing can be lost")
    sources = indices("source", source, sites)
    needed = amounts("units", units, len(sources))
    if (needed == 0).any():
        raise ValueError(f"units[{int(np.argmin(needed))}] is 0; leave out a link that brings nothing")
    return Chain(
        able, amounts("stock", stock, sites), sold, amounts("loss_per_unit", loss_per_unit, sites), sources,
        indices("user", user, sites, len(sources)), indices("material", material, 2**31, len(sources)), needed,
        amounts("held", held, len(sources)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """What disruptions do; arrays have one value for each of them."""

    survival_time: FloatArray  # TTS; infinite where the rest can supply all customers for ever
    gap: FloatArray  # max(0, TTR − TTS)
    loss: FloatArray  # Σ f l in the recovery time
    binding: IntArray  # the site whose demand ends the survival time; −1 where it is infinite
    lost: FloatArray  # (disruptions, sites) l, units not sold


def survival(sites: Chain, recovery_time: ArrayLike, disruptions: Sequence[Sequence[int]] | None = None) -> Survival:
    """TTS, gap and loss of each disruption, a set of sites that do not produce; by default of each site alone.

    `recovery_time` ≥ 0 is one, or one for each disruption. Of sites whose demands end the survival time together the one
    is named whose demand, when it falls by a small part, prolongs it most, the first of equals.
    Raises `ValueError` for a site that does not exist, `RuntimeError` where HiGHS finds no solution, which says why.

    >>> two = chain(capacity=[30, 45, 60, np.inf, np.inf], stock=[0, 0, 0, 20, 25], demand=[0, 0, 0, 75, 50],
    ...             loss_per_unit=[0, 0, 0, 5000, 6500], source=[0, 1, 2] * 2, user=[3] * 3 + [4] * 3, material=[0] * 6)
    >>> found = survival(two, 2, [[], [0], [1], [2]])  # 45 in stock; 125 a time are asked for, 135 made
    >>> found.survival_time.round(4), found.loss.round(2)
    (array([   inf, 2.25  , 1.2857, 0.9   ]), array([     0.,      0., 125000., 275000.]))
    """
    cases = [[site] for site in range(sites.sites)] if disruptions is None else disruptions
    times = amounts("recovery_time", recovery_time, len(cases))
    programme = _Programme(sites)
    survived, binding, lost = np.zeros(len(cases)), np.full(len(cases), -1), np.zeros((len(cases), sites.sites))
    for number, case in enumerate(cases):
        stopped = indices(f"disruptions[{number}]", case, sites.sites)
        survived[number], binding[number] = programme.survival_time(stopped)
        lost[number] = programme.lost_sales(stopped, times[number])
    return Survival(survived, np.maximum(0, times - survived), lost @ sites.loss_per_unit, binding, lost)


class _Programme:
    """The two linear programmes of a chain, in which a disruption changes bounds only."""

    def __init__(self, sites: Chain) -> None:
        self._sites = sites
        # HiGHS takes a violation by 1e-7 for none: in units of the largest demand that is nothing.
        self._unit = float(sites.demand.max())
        self._demand, self._stock = sites.demand / self._unit, sites.stock / self._unit
        self._capacity = sites.capacity / self._unit
        links, count = len(sites.source), sites.sites
        pair, first, need = np.unique(
            np.stack([sites.user, sites.material]), axis=1, return_index=True, return_inverse=True
        )
        needs, each, every = pair.shape[1], np.arange(links), np.arange(count)
        made = csr_array((np.ones(needs), (np.arange(needs), pair[0])), (needs, count))
        brought = csr_array((-1 / sites.units, (need.ravel(), each)), (needs, links))
        shipped = csr_array((np.ones(links), (sites.source, each)), (count, links))
        produced = csr_array((-np.ones(count), (every, every)), (count, count))
        # Columns: production of each site, shipment of each edge. Rows: needs, then the balance of each site.
        self._matrix = vstack([hstack([made, brought]), hstack([produced, shipped])], format="csr")
        self._needs, self._held = needs, sites.held[first] / self._unit

    def survival_time(self, stopped: IntArray) -> tuple[float, int]:
        """TTS, infinite or with the site whose demand binds, or −1.

        The largest t may be infinite, and HiGHS 1.12 takes some such programmes for infeasible. So all is divided by
        z + t, with which z stands for 1: the largest t′ = t / (z + t) in 0–1 is sought, which always exists, and
        t = t′ / (1 − t′). Stocks become s (1 − t′), rates stay rates.
        """
        count = self._sites.sites
        # In units of the time that all stocks last, t′ is near neither end.
        span = float((self._stock.sum() + self._held.sum()) / self._demand.sum()) or 1.0
        is_bounded = np.flatnonzero(np.isfinite(self._capacity))
        rows = np.arange(len(is_bounded))
        within = csr_array((np.ones(len(rows)), (rows, is_bounded)), (len(rows), self._matrix.shape[1]))
        time = np.concatenate([
            self._held, self._demand * span + self._stock, -self._capacity[is_bounded] * span
        ])  # fmt: skip
        matrix = hstack([vstack([self._matrix, within]), csr_array(time[:, None])], format="csr")
        most = np.full(matrix.shape[1], np.inf)
        most[stopped] = 0
        most[-1] = 1
        aim = np.zeros(matrix.shape[1])
        aim[-1] = -1
        limit = np.concatenate([self._held, self._stock, np.zeros(len(rows))])
        found = _solved(aim, matrix, limit, most)
        rest = 1 - float(found.x[-1])
        if rest < 1e-9:
            return np.inf, -1
        worth = -found.ineqlin.marginals[self._needs : self._needs + count] * self._demand
        return span * (1 - rest) / rest, int(np.argmax(worth))

    def lost_sales(self, stopped: IntArray, time: float) -> FloatArray:
        """The units that each site does not sell in a time, the cheapest possible."""
        count, columns = self._sites.sites, self._matrix.shape[1]
        sellers = np.flatnonzero(self._demand)
        spared = csr_array((-np.ones(len(sellers)), (self._needs + sellers, np.arange(len(sellers)))),
                           (self._needs + count, len(sellers)))  # fmt: skip
        limit = np.concatenate([self._held, self._stock - self._demand * time])
        # Infinite capacity stays infinite, also for no time at all.
        able = np.full(count, np.inf)
        np.multiply(self._capacity, time, out=able, where=np.isfinite(self._capacity))
        able[stopped] = 0
        most = np.concatenate([able, np.full(columns - count, np.inf), self._demand[sellers] * time])
        price = self._sites.loss_per_unit[sellers]
        aim = np.concatenate([np.zeros(columns), price / (price.max() or 1)])
        found = _solved(aim, hstack([self._matrix, spared], format="csr"), limit, most)
        lost = np.zeros(count)
        lost[sellers] = np.clip(found.x[columns:], 0, self._demand[sellers] * time) * self._unit
        return lost


def _solved(aim: FloatArray, matrix: csr_array, limit: FloatArray, most: FloatArray) -> "OptimizeResult":
    """The least aim · x with matrix x ≤ limit and 0 ≤ x ≤ most. It exists: x = 0 or losing all is allowed."""
    from scipy.optimize import linprog  # A third of a second, which no other question need wait for.

    bounds = np.stack([np.zeros(len(most)), most], axis=1)
    found = linprog(aim, A_ub=matrix, b_ub=limit, bounds=bounds, method="highs")
    if found.status != 0:
        raise RuntimeError(f"HiGHS found no solution in {len(aim)} variables: {found.message}")
    return found
