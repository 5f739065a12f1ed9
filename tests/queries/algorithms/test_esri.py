"""ESRI: the paper's figure, a plain dense answer, and what must hold on any network."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.algorithms.esri import InputClass, ProductionNetwork, damage, production_network, systemic_risk
from tests.queries.algorithms import plain_esri
from tests.queries.algorithms.plain_esri import Floats, PlainNetwork, random_network

ROOT = Path(__file__).parents[3]

FIGURE_1 = [(2, 1), (2, 3), (7, 4), (9, 5), (3, 7), (6, 7), (10, 7), (9, 10), (7, 11), (8, 11)]
PRODUCTS = [1, 2, 1, 3, 4, 2, 4, 1, 2, 3, 5]
LINEAR, LEONTIEF = InputClass.SUBSTITUTABLE, InputClass.ESSENTIAL
ESRI = {
    (LINEAR, False): "1/10 11/30 4/15 7/20 1/10 1/6 7/10 1/10 11/30 4/15 9/20",
    (LINEAR, True): "1/10 3/10 4/15 7/20 1/10 7/60 7/10 1/10 14/45 4/15 9/20",
    (LEONTIEF, False): "1/10 1/2 2/5 7/20 1/10 3/10 7/10 1/10 1/2 2/5 9/20",
    (LEONTIEF, True): "1/10 11/30 2/5 7/20 1/10 3/20 7/10 1/10 2/5 2/5 9/20",
}
UPSTREAM = "1/10 1/5 1/5 7/20 1/10 1/10 7/10 1/10 1/5 1/5 9/20"
DOWNSTREAM_LINEAR = "0 11/30 1/6 0 0 1/6 1/5 1/10 11/30 1/6 0"


def fractions_of(text: str) -> Floats:
    return np.array([float(Fraction(item)) for item in text.split()])


def figure_1(input_class: InputClass, **given: float) -> ProductionNetwork:
    """The network of the authors' Figure 1; firm 1 there is firm 0 here."""
    supplier, buyer = np.array(FIGURE_1).T - 1
    return production_network(supplier, buyer, np.ones(10), PRODUCTS, input_class=input_class, **given)


def network_of(plain: PlainNetwork, rng: np.random.Generator | None = None) -> ProductionNetwork:
    """The same network from links, in any order, some of them in two parts and some of no sales."""
    supplier, buyer = np.nonzero(plain.sales)
    sales = plain.sales[supplier, buyer]
    if rng is not None:
        firms = len(plain.product)
        supplier = np.concatenate([supplier, supplier[:2], rng.integers(0, firms, 2)])
        buyer = np.concatenate([buyer, buyer[:2], rng.integers(0, firms, 2)])
        sales = np.concatenate([sales, sales[:2] / 2, [0, 0]])
        sales[:2] /= 2
        order = rng.permutation(len(sales))
        supplier, buyer, sales = supplier[order], buyer[order], sales[order]
    return production_network(
        supplier, buyer, sales, plain.product, input_class=plain.input_class[supplier, buyer],
        outside_cost_share=plain.outside_cost, outside_revenue_share=plain.outside_revenue,
    )  # fmt: skip


@pytest.mark.parametrize(("input_class", "is_replaceable"), ESRI)
def test_the_figure_of_the_paper_is_reproduced(input_class: InputClass, is_replaceable: bool) -> None:
    net = figure_1(input_class)
    found = systemic_risk(net, is_replaceable=is_replaceable)
    np.testing.assert_allclose(found.esri, fractions_of(ESRI[input_class, is_replaceable]), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.upstream, fractions_of(UPSTREAM), rtol=0, atol=1e-12)
    if (input_class, is_replaceable) == (LINEAR, False):
        np.testing.assert_allclose(found.downstream, fractions_of(DOWNSTREAM_LINEAR), rtol=0, atol=1e-12)
    assert found.is_converged.all()
    assert not net.is_closed


@pytest.mark.slow
@pytest.mark.parametrize("is_replaceable", [False, True])
def test_every_firm_of_random_networks_scores_as_on_dense_matrices(is_replaceable: bool) -> None:
    rng = np.random.default_rng(2022 + is_replaceable)
    for _ in range(40):
        plain = random_network(rng, firms=int(rng.integers(2, 8)))
        if not plain.sales.any():
            continue
        net = network_of(plain, rng)
        found = systemic_risk(net, is_replaceable=is_replaceable, negligible=0, max_steps=8, threads=1)
        expected = plain_esri.scores(plain, is_replaceable, 1e-3, max_steps=8)
        every = np.stack([found.esri, found.downstream, found.upstream], axis=1)
        np.testing.assert_allclose(every, expected, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("is_replaceable", [False, True])
def test_any_shock_leaves_what_it_leaves_on_dense_matrices(is_replaceable: bool) -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        plain = random_network(rng, firms=int(rng.integers(2, 12)))
        if not plain.sales.any():
            continue
        psi = rng.choice([0.0, 0.3, 1.0], len(plain.product))
        found = damage(network_of(plain), psi, is_replaceable=is_replaceable, epsilon=1e-5, negligible=0)
        down, up, steps = plain_esri.spread(plain, psi[None], is_replaceable, 1e-5)
        np.testing.assert_allclose(found.left_downstream, down[0], atol=1e-12)
        np.testing.assert_allclose(found.left_upstream, up[0], atol=1e-12)
        np.testing.assert_allclose(found.loss, 1 - np.minimum(down[0], up[0]), atol=1e-12)
        assert found.steps == steps[0]


def test_firms_in_several_threads_score_as_alone() -> None:
    rng = np.random.default_rng(3)
    plain = random_network(rng, firms=90)
    net = network_of(plain)
    together = systemic_risk(net, threads=3, epsilon=1e-5, negligible=0)
    np.testing.assert_allclose(together.esri, plain_esri.scores(plain, True, 1e-5)[:, 0], atol=1e-12)
    some = systemic_risk(net, firms=[70, 3, 3], epsilon=1e-5, negligible=0)
    np.testing.assert_allclose(some.esri, together.esri[[70, 3, 3]], atol=1e-15)
    assert (some.steps == together.steps[[70, 3, 3]]).all()


@pytest.mark.parametrize("is_replaceable", [False, True])
def test_which_firms_are_asked_together_does_not_matter(is_replaceable: bool) -> None:
    rng = np.random.default_rng(4)
    supplier, buyer = rng.integers(0, 60, (2, 300))
    net = production_network(
        supplier, buyer, rng.lognormal(0, 1, 300), rng.integers(0, 6, 60), input_class=rng.integers(0, 3, (6, 6)),
        outside_cost_share=0.1, outside_revenue_share=0.1,
    )  # fmt: skip
    together = systemic_risk(net, is_replaceable=is_replaceable)
    alone = [systemic_risk(net, firms=[firm], is_replaceable=is_replaceable) for firm in range(60)]
    mixed = systemic_risk(net, firms=rng.permutation(60)[:21], is_replaceable=is_replaceable, threads=1)
    for name in ("esri", "downstream", "upstream"):
        found = getattr(together, name)
        np.testing.assert_allclose(found, [getattr(one, name)[0] for one in alone], rtol=0, atol=1e-12)
        np.testing.assert_allclose(getattr(mixed, name), found[mixed.firm], rtol=0, atol=1e-12)
    assert together.steps.tolist() == [one.steps[0] for one in alone]
    assert len(set(together.steps)) > 3
    assert together.is_converged.all()


def test_the_carrier_is_the_link_that_brings_the_most_to_the_slot_that_decides() -> None:
    rng = np.random.default_rng(11)
    for _ in range(30):
        plain = random_network(rng, firms=int(rng.integers(3, 9)))
        if not plain.sales.any():
            continue
        net, psi = network_of(plain), rng.choice([0.0, 0.0, 0.6], len(plain.product))
        found = damage(net, psi, is_replaceable=False, epsilon=1e-9)
        down, up = 1 - found.left_downstream, 1 - found.left_upstream
        for firm in range(net.firms):
            link = found.carrier_edge[firm]
            if found.loss[firm] <= psi[firm]:
                assert link == -1
            elif up[firm] > down[firm]:
                assert found.is_carried_by_buyer[firm]
                assert net.supplier[link] == firm
                brought = plain.upstream_parts()[firm] * up
                assert brought[net.buyer[link]] == pytest.approx(brought.max())
            else:
                assert not found.is_carried_by_buyer[firm]
                assert net.buyer[link] == firm
                assert net.supplier[link] in _largest_suppliers(plain, down, firm)


def _largest_suppliers(plain: PlainNetwork, loss: Floats, firm: int) -> list[int]:
    brought = plain.downstream_parts()[:, firm] * loss
    slots = [(plain.input_class[:, firm] == 2) & (plain.product == k) for k in np.unique(plain.product)]
    slots.append(plain.input_class[:, firm] == 1)
    top = max(brought[slot].sum() for slot in slots)
    deciding = [slot for slot in slots if brought[slot].sum() >= top - 1e-9]
    return [int(i) for slot in deciding for i in np.flatnonzero(slot) if brought[i] >= brought[slot].max() - 1e-9]


# --- what must hold on any network -----------------------------------------------------------------------------------

NETWORKS = st.builds(
    lambda seed, firms: random_network(np.random.default_rng(seed), firms), st.integers(0, 2**32), st.integers(2, 9)
).filter(lambda plain: bool(plain.sales.any()))


@pytest.mark.slow
@given(NETWORKS, st.booleans(), st.data())
def test_shares_stay_in_bounds_and_a_larger_shock_never_loses_less(
    plain: PlainNetwork, is_replaceable: bool, data: st.DataObject
) -> None:
    firms = len(plain.product)
    part = st.lists(st.floats(0, 1), min_size=firms, max_size=firms)
    smaller, more = np.array(data.draw(part)), np.array(data.draw(part))
    larger = np.maximum(smaller, more)
    # A run of equal length: with ε the larger shock could stop earlier.
    small, large = (
        damage(network_of(plain), psi, is_replaceable=is_replaceable, epsilon=0, max_steps=30)
        for psi in (smaller, larger)
    )
    assert (small.loss <= large.loss + 1e-12).all()
    assert (small.loss >= smaller).all()
    for found in (small, large):
        assert ((found.left_downstream >= 0) & (found.left_downstream <= 1)).all()
        assert ((found.left_upstream >= 0) & (found.left_upstream <= 1)).all()
        assert max(found.downstream, found.upstream) - 1e-12 <= found.esri <= 1
        assert found.esri <= found.downstream + found.upstream + 1e-12


@given(NETWORKS, st.floats(1e-3, 1e3))
def test_the_unit_of_sales_does_not_matter(plain: PlainNetwork, factor: float) -> None:
    other = PlainNetwork(
        plain.sales * factor, plain.product, plain.input_class, plain.outside_cost, plain.outside_revenue
    )
    one, two = systemic_risk(network_of(plain), threads=1), systemic_risk(network_of(other), threads=1)
    # Rounding may end a cascade one step earlier or later; a step then moved no loss by more than ε.
    np.testing.assert_allclose(one.esri, two.esri, atol=2e-3)


@given(NETWORKS)
def test_replacing_makers_never_makes_it_worse(plain: PlainNetwork) -> None:
    net, psi = network_of(plain), np.eye(len(plain.product))[0]
    runs = [damage(net, psi, is_replaceable=on, epsilon=0, max_steps=30) for on in (True, False)]
    assert (runs[0].loss <= runs[1].loss + 1e-12).all()


# --- closed networks, edges of the domain -----------------------------------------------------------------------------


def test_a_ring_without_outside_shares_is_labelled_and_one_with_them_is_not() -> None:
    def ring(cost: list[float], revenue: list[float]) -> ProductionNetwork:
        firms = [0, 1, 2]
        return production_network(
            firms, [1, 2, 0], [1, 1, 1], firms, outside_cost_share=cost, outside_revenue_share=revenue
        )

    assert ring([0, 0, 0], [0, 0, 0]).is_closed
    assert ring([0, 0.1, 0], [0, 0, 0]).is_closed
    assert not ring([0, 0.1, 0], [0, 0, 0.1]).is_closed


def test_a_cycle_through_a_firm_that_has_another_supplier_is_closed_too() -> None:
    assert production_network([0, 1, 2], [1, 0, 0], [1, 1, 1], [0, 0, 0], input_class=LINEAR).is_closed
    assert production_network([0], [0], [1], [0]).is_closed
    assert not production_network([0, 0], [1, 2], [1, 1], [0, 1, 2]).is_closed


def test_on_a_closed_network_the_result_depends_on_epsilon() -> None:
    rng = np.random.default_rng(0)
    supplier, buyer = rng.integers(0, 60, (2, 400))
    net = production_network(supplier, buyer, rng.random(400), rng.integers(0, 5, 60), input_class=LINEAR)
    coarse, fine = (systemic_risk(net, epsilon=e).esri.sum() for e in (1e-2, 1e-4))
    assert net.is_closed
    assert fine > 2 * coarse
    opened = production_network(
        supplier, buyer, rng.random(400), rng.integers(0, 5, 60), input_class=LINEAR,
        outside_cost_share=0.5, outside_revenue_share=0.5,
    )  # fmt: skip
    coarse, fine = (systemic_risk(opened, epsilon=e).esri.sum() for e in (1e-4, 1e-6))
    assert fine == pytest.approx(coarse, rel=1e-2)


@pytest.mark.parametrize(("epsilon", "negligible"), [(1e-3, 0.0), (1e-3, None), (1e-2, 1e-2)])
def test_what_is_missing_from_the_limit_is_bounded(epsilon: float, negligible: float | None) -> None:
    rng = np.random.default_rng(5)
    for _ in range(40):
        plain = random_network(rng, 9)
        plain.outside_cost[:], plain.outside_revenue[:] = 0.2, 0.2
        net, psi = network_of(plain), np.eye(9)[0]
        near = damage(net, psi, is_replaceable=False, epsilon=epsilon, negligible=negligible)
        limit = damage(net, psi, is_replaceable=False, epsilon=1e-13, negligible=0)
        missing = limit.loss - near.loss
        assert missing.min() >= -1e-12
        assert missing.max() <= (epsilon + (epsilon / 100 if negligible is None else negligible)) * 0.8 / 0.2


def test_a_failure_costs_the_firms_esri() -> None:
    net = network_of(random_network(np.random.default_rng(8), 9))
    esri = systemic_risk(net).esri
    assert [damage(net, psi).esri for psi in np.eye(9)] == pytest.approx(esri.tolist(), abs=1e-15)


def test_what_max_steps_ended_is_not_converged() -> None:
    ring = production_network([0, 1, 2], [1, 2, 0], [1, 1, 1], [0, 1, 2])
    assert damage(ring, [1, 0, 0], max_steps=1).is_converged is False
    found = systemic_risk(ring, max_steps=1)
    assert (found.steps.tolist(), found.is_converged.tolist()) == ([1, 1, 1], [False] * 3)


def test_firms_without_links_lose_only_themselves() -> None:
    net = production_network([0], [1], [5], [0, 1, 1], weight=[1, 1, 2])
    assert systemic_risk(net).esri.tolist() == [0.5, 0.5, 0.5]
    alone = production_network([], [], [], [0, 0], weight=[1, 3])
    assert systemic_risk(alone).esri.tolist() == [0.25, 0.75]
    assert damage(alone, [0, 0]).esri == 0.0
    assert systemic_risk(alone, firms=[]).esri.tolist() == []


def test_when_all_makers_of_a_product_are_gone_nobody_replaces_them() -> None:
    net = production_network([0, 1], [2, 2], [1, 1e-3], [7, 7, 9], weight=[0, 0, 1])
    assert damage(net, [1, 1, 0]).downstream == 1.0
    assert damage(net, [0, 1, 0]).downstream == pytest.approx(1e-3 / 1.001 * 1e-3)


def test_input_classes_by_product_and_by_link_agree() -> None:
    plain = random_network(np.random.default_rng(2), 7)
    products = int(plain.product.max()) + 1
    table = np.zeros((products, products), np.int64)
    table[np.ix_(plain.product, plain.product)] = plain.input_class
    supplier, buyer = np.nonzero(plain.sales)
    by_product = production_network(supplier, buyer, plain.sales[supplier, buyer], plain.product, input_class=table)
    by_link = production_network(
        supplier, buyer, plain.sales[supplier, buyer], plain.product, input_class=plain.input_class[supplier, buyer]
    )
    assert (by_product.down == by_link.down).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sales": [1, -1]}, r"sales\[1\] is -1.0; it must be a finite number ≥ 0"),
        ({"sales": [1, float("nan")]}, r"sales\[1\] is nan"),
        ({"sales": [float("inf"), 1]}, r"sales\[0\] is inf"),
        ({"sales": [1]}, r"supplier has 2 values; it must have 1"),
        ({"supplier": [0, 3]}, r"supplier\[1\] is 3; it must be a whole number in 0…2"),
        ({"buyer": [0.5, 1]}, r"buyer has values of type float64; they must be whole numbers"),
        ({"product": []}, r"the network has no firms"),
        ({"product": [[0], [1], [2]]}, r"product has 2 dimensions; it must be a flat array"),
        ({"input_class": 3}, r"input_class\[0\] is 3; it must be a whole number in 0…2"),
        ({"input_class": [[2]]}, r"input_class is \(1, 1\); it must be square with a row for each product"),
        ({"product": [0, 0, 1], "buyer": [2, 2], "input_class": [1, 2]}, r"both links bring product 0 to firm 2"),
        ({"outside_cost_share": 1.5}, r"outside_cost_share\[0\] is 1.5; it must be a fraction 0–1"),
        ({"outside_revenue_share": [0, 0, -1]}, r"outside_revenue_share\[2\] is -1.0"),
        ({"sales": [0, 0]}, r"no firm sells anything, so none has a weight; give weight"),
        ({"weight": [0, 0, 0]}, r"weight is 0 for every firm"),
    ],
)
def test_what_cannot_be_a_network_is_refused_with_what_and_where(changed: dict[str, object], message: str) -> None:
    good = {"supplier": [0, 1], "buyer": [1, 2], "sales": [1, 1], "product": [0, 1, 2]}
    with pytest.raises(ValueError, match=message):
        production_network(**{**good, **changed})  # type: ignore[arg-type]


def test_what_cannot_be_a_shock_is_refused() -> None:
    net = figure_1(LINEAR)
    with pytest.raises(ValueError, match=r"capacity_lost\[0\] is 2.0; it must be a fraction 0–1"):
        damage(net, np.full(11, 2.0))
    with pytest.raises(ValueError, match=r"capacity_lost has 1 values; it must have 11"):
        damage(net, [1])
    with pytest.raises(ValueError, match=r"firms\[0\] is 11; it must be a whole number in 0…10"):
        systemic_risk(net, firms=[11])
    with pytest.raises(ValueError, match="epsilon is 1"):
        systemic_risk(net, epsilon=1)
    with pytest.raises(ValueError, match=r"negligible is 0.1; it must be in 0…epsilon"):
        systemic_risk(net, negligible=0.1)
    with pytest.raises(ValueError, match="max_steps is 0"):
        damage(net, np.zeros(11), max_steps=0)


# --- threads and the compiler ----------------------------------------------------------------------------------------


def test_progress_counts_to_the_end_and_what_it_raises_ends_the_work() -> None:
    net = figure_1(LINEAR)
    seen: list[tuple[int, int]] = []
    systemic_risk(net, firms=np.arange(110) % 11, progress=lambda done, total: seen.append((done, total)), threads=2)
    assert [total for _, total in seen] == [110] * len(seen)
    assert sorted(seen) == seen
    assert seen[-1] == (110, 110)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        systemic_risk(net, progress=stop)


LEAST = """
from graph.compiled import compiled

@compiled
def half(value: float) -> float:
    return value / 2
"""
"""Of what can be compiled about the least."""


@pytest.mark.slow
@pytest.mark.parametrize("is_home_writable", [True, False])
def test_it_runs_where_the_package_may_not_be_written_to(tmp_path: Path, is_home_writable: bool) -> None:
    package = tmp_path / "queries" / "algorithms"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "least.py").write_text(LEAST)
    # Permissions do not stop root, a file where the folder should be does.
    (package / "__pycache__").write_text("")
    home = tmp_path / "home"
    home.mkdir() if is_home_writable else home.write_text("")
    environment = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    environment |= {"HOME": str(home), "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", "from queries.algorithms.least import half; print(half(1.5))"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "0.75\n"
    kept = list(home.rglob("*.nbc")) if is_home_writable else []
    assert bool(kept) == is_home_writable


def test_firms_that_make_several_products_are_sources_of_the_one_that_their_links_deliver() -> None:
    apart = production_network([0, 1], [2, 2], [1, 1], [0, 1, 2])
    alike = production_network([0, 1], [2, 2], [1, 1], [0, 1, 2], delivered=[3, 3])
    assert [float(damage(net, [1, 0, 0]).loss[2]) for net in (apart, alike)] == [1.0, 0.5]
