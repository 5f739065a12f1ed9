"""Time to survive and loss, against the published example, flows in networkx and recursion over trees."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.algorithms.survival import Chain, chain, survival

INF = float("inf")


def one_tier() -> Chain:
    """The published example: three suppliers of one material, two products."""
    return chain(
        capacity=[30, 45, 60, INF, INF], stock=[0, 0, 0, 20, 25], demand=[0, 0, 0, 75, 50],
        loss_per_unit=[0, 0, 0, 5_000, 6_500], source=[0, 1, 2, 0, 1, 2], user=[3, 3, 3, 4, 4, 4], material=[0] * 6,
    )  # fmt: skip


def test_the_published_example_is_reproduced() -> None:
    found = survival(one_tier(), 2, [[], [0], [1], [2]])
    np.testing.assert_allclose(found.loss, [0, 0, 125_000, 275_000], atol=1e-3)
    np.testing.assert_allclose(found.survival_time, [INF, 45 / 20, 45 / 35, 45 / 50], rtol=1e-9)
    np.testing.assert_allclose(found.gap, [0, 0, 2 - 45 / 35, 2 - 45 / 50], rtol=1e-9)
    assert (found.binding >= 3).tolist() == [False, True, True, True]
    assert found.binding[0] == -1
    # The cheaper product is given up.
    np.testing.assert_allclose(found.lost[3], [0, 0, 0, 55, 0], atol=1e-6)


def test_without_a_list_each_site_is_disrupted_alone() -> None:
    found = survival(one_tier(), [2, 2, 1, 1, 1])
    assert len(found.loss) == 5
    np.testing.assert_allclose(found.loss[:3], [0, 125_000, 5_000 * (125 - 75 - 45)], atol=1e-3)
    # A product that stands still lives on its stock, which the other cannot use.
    np.testing.assert_allclose(found.survival_time[3:], [20 / 75, 25 / 50], rtol=1e-9)
    assert found.binding[3:].tolist() == [3, 4]


def test_the_product_whose_own_parts_run_out_is_the_binding_one() -> None:
    # Both products need a part each; the stock of part 1 lasts 2, that of part 0 lasts 5.
    two = chain(
        capacity=[10, 10, INF, INF], stock=[50, 20, 0, 0], demand=[0, 0, 10, 10], loss_per_unit=[0, 0, 1, 1],
        source=[0, 1], user=[2, 3], material=[0, 1],
    )  # fmt: skip
    found = survival(two, 4, [[0], [1], [0, 1]])
    np.testing.assert_allclose(found.survival_time, [5, 2, 2], rtol=1e-9)
    assert found.binding.tolist() == [2, 3, 3]
    np.testing.assert_allclose(found.loss, [0, 20, 20], atol=1e-6)


def test_units_of_material_and_several_tiers_count() -> None:
    # A car needs 4 wheels, a wheel 2 units of rubber.
    car = chain(
        capacity=[INF, INF, INF], stock=[80, 40, 5], demand=[0, 0, 1], loss_per_unit=[0, 0, 100],
        source=[0, 1], user=[1, 2], material=[0, 1], units=[2, 4],
    )  # fmt: skip
    found = survival(car, 30, [[0], [1], [2], []])
    # Rubber for 40 wheels + 40 wheels make 20 cars, and 5 are there.
    np.testing.assert_allclose(found.survival_time, [25, 15, 5, INF], rtol=1e-9)
    np.testing.assert_allclose(found.loss, [500, 1_500, 2_500, 0], atol=1e-6)


def test_a_site_that_sells_and_supplies_shares_its_stock() -> None:
    both = chain(
        capacity=[0, INF], stock=[12, 0], demand=[1, 2], loss_per_unit=[1, 1], source=[0], user=[1], material=[0]
    )
    assert survival(both, 1, [[]]).survival_time[0] == pytest.approx(4)


def test_demand_that_nothing_ever_meets_survives_no_time() -> None:
    found = survival(chain(capacity=[0], stock=[0], demand=[3], loss_per_unit=[2], source=[], user=[], material=[]), 5)
    assert found.survival_time.tolist() == [0]
    assert found.loss.tolist() == pytest.approx([30])
    assert found.gap.tolist() == [5]


# --- other ways to the same answer -----------------------------------------------------------------------------------


def one_material_chain(rng: np.random.Generator) -> Chain:
    """Every site needs one material, unit for unit, from any of its sources: production is a flow. May have cycles."""
    sites, links = int(rng.integers(2, 7)), int(rng.integers(0, 10))
    source, user = rng.integers(0, sites, (2, links))
    is_other = source != user
    demand = rng.integers(0, 5, sites)
    demand[0] += 1
    return chain(
        capacity=rng.integers(0, 9, sites), stock=rng.integers(0, 6, sites), demand=demand,
        loss_per_unit=rng.integers(1, 5, sites), source=source[is_other], user=user[is_other],
        material=np.zeros(is_other.sum(), np.int64),
    )  # fmt: skip


def least_loss_by_flow(sites: Chain, stopped: list[int], time: int) -> int:
    """Σ f (d t − sold), sold by the cheapest flow from raw production and stocks to customers."""
    graph: nx.DiGraph[object] = nx.DiGraph()
    wanted = (sites.demand * time).astype(int)
    graph.add_node("start", demand=-int(wanted.sum()))
    graph.add_node("end", demand=int(wanted.sum()))
    many = int(wanted.sum()) + 1
    for i in range(sites.sites):
        able = 0 if i in stopped else int(sites.capacity[i]) * time
        graph.add_edge(("in", i), ("out", i), capacity=able, weight=0)
        if i not in sites.user:
            graph.add_edge("start", ("in", i), capacity=many, weight=0)
        graph.add_edge("start", ("out", i), capacity=int(sites.stock[i]), weight=0)
        graph.add_edge(("out", i), ("sold", i), capacity=many, weight=0)
        graph.add_edge("start", ("sold", i), capacity=many, weight=int(sites.loss_per_unit[i]))
        graph.add_edge(("sold", i), "end", capacity=int(wanted[i]), weight=0)
    for a, b in zip(sites.source.tolist(), sites.user.tolist(), strict=True):
        graph.add_edge(("out", a), ("in", b), capacity=many, weight=0)
    return int(nx.min_cost_flow_cost(graph))


def test_loss_is_that_of_the_cheapest_flow_where_every_site_needs_one_material() -> None:
    rng = np.random.default_rng(0)
    for _ in range(25):
        sites, time = one_material_chain(rng), int(rng.integers(0, 4))
        cases = [[], [int(rng.integers(0, sites.sites))], rng.integers(0, sites.sites, 2).tolist()]
        found = survival(sites, time, cases)
        for case, loss in zip(cases, found.loss, strict=True):
            assert loss == pytest.approx(least_loss_by_flow(sites, case, time), abs=1e-6)


def tree_chain(rng: np.random.Generator) -> Chain:
    """Site i > 0 supplies one site before it, so nothing is shared; several materials, alternatives, units."""
    sites = int(rng.integers(1, 9))
    source = np.arange(1, sites)
    user = np.array([int(rng.integers(0, i)) for i in source], np.int64)
    demand = np.zeros(sites)
    demand[0] = rng.integers(1, 6)
    return chain(
        capacity=rng.choice([0, 2, 5, 20, INF], sites), stock=rng.integers(0, 9, sites), demand=demand,
        loss_per_unit=np.full(sites, 3), source=source, user=user, material=rng.integers(0, 2, sites - 1),
        units=rng.choice([0.5, 1, 3], sites - 1),
    )  # fmt: skip


def most_made(sites: Chain, site: int, stopped: list[int], time: float) -> float:
    """What a site of a tree can make in a time: the least of its materials and its capacity."""
    if site in stopped:
        return 0.0
    able = [sites.capacity[site] * time if time else (INF if sites.capacity[site] == INF else 0.0)]
    links = np.flatnonzero(sites.user == site)
    for material in set(sites.material[links].tolist()):
        able.append(
            sum(
                (most_made(sites, int(sites.source[m]), stopped, time) + sites.stock[sites.source[m]]) / sites.units[m]
                for m in links
                if sites.material[m] == material
            )
        )
    return float(min(able))


def test_loss_and_survival_time_of_trees_follow_from_what_each_site_can_make() -> None:
    rng = np.random.default_rng(1)
    for _ in range(40):
        sites = tree_chain(rng)
        case, time = rng.integers(0, sites.sites, 1).tolist(), float(rng.integers(0, 6))

        def missing(t: float, sites: Chain = sites, case: list[int] = case) -> float:
            return float(max(0, sites.demand[0] * t - sites.stock[0] - most_made(sites, 0, case, t)))

        found = survival(sites, time, [case])
        assert found.loss[0] == pytest.approx(3 * missing(time), abs=1e-6)
        survived = float(found.survival_time[0])
        if np.isinf(survived):
            assert missing(1e6) == 0
        else:
            assert missing(survived) == pytest.approx(0, abs=1e-6)
            assert missing(survived * 1.01 + 0.01) > 0


@given(st.integers(0, 2**32))
def test_longer_and_wider_disruptions_never_cost_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sites = one_material_chain(rng)
    one, more = rng.integers(0, sites.sites, 2).tolist()
    found = survival(sites, [1, 2, 2], [[one], [one], [one, more]])
    assert found.loss[0] <= found.loss[1] + 1e-6
    assert found.loss[1] <= found.loss[2] + 1e-6
    assert found.survival_time[0] == found.survival_time[1] >= found.survival_time[2] - 1e-6
    # The clock and the loss agree: nothing is lost exactly up to the survival time.
    assert (found.loss > 1e-5).tolist() == [bool(x) for x in found.gap > 1e-5] or np.isclose(
        found.gap, 0, atol=1e-5
    ).any()


def test_the_unit_of_quantities_does_not_matter() -> None:
    sites, factor = one_tier(), 1e-7
    tiny = replace(sites, capacity=sites.capacity * factor, stock=sites.stock * factor, demand=sites.demand * factor)
    found, small = survival(sites, 2), survival(tiny, 2)
    np.testing.assert_allclose(small.survival_time, found.survival_time, rtol=1e-9)
    np.testing.assert_allclose(small.loss, found.loss * factor, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"capacity": [-1, 1]}, r"capacity\[0\] is -1.0; it must be a finite number ≥ 0"),
        ({"capacity": [float("nan"), 1]}, r"capacity\[0\] is nan"),
        ({"demand": [0, 0]}, "no site has a demand, so nothing can be lost"),
        ({"stock": [INF, 0]}, r"stock\[0\] is inf; it must be a finite number ≥ 0"),
        ({"units": [0]}, r"units\[0\] is 0; leave out a link that brings nothing"),
        ({"user": [2]}, r"user\[0\] is 2; it must be a whole number in 0…1"),
        ({"material": [0, 1]}, r"material has 2 values; it must have 1"),
    ],
)
def test_what_cannot_be_a_chain_is_refused(changed: dict[str, list[float]], message: str) -> None:
    good: dict[str, list[float]] = {
        "capacity": [1, 1], "stock": [0, 0], "demand": [0, 1], "loss_per_unit": [0, 1],
        "source": [0], "user": [1], "material": [0],
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        chain(**{**good, **changed})


def test_what_cannot_be_a_disruption_is_refused() -> None:
    with pytest.raises(ValueError, match=r"disruptions\[1\]\[0\] is 9; it must be a whole number in 0…4"):
        survival(one_tier(), 1, [[0], [9]])
    with pytest.raises(ValueError, match=r"recovery_time\[0\] is -1.0"):
        survival(one_tier(), -1)
