"""The largest set-off against plain answers: all flows tried on small cases, a linear programme on larger ones."""

from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import linprog

from ledger.netting import Pair, balances, netted

pytestmark = pytest.mark.slow

PLACES = "abcd"
PAIRS = [(a, b) for a in PLACES for b in PLACES if a != b]


def check(owed: dict[Pair, int]) -> int:
    """The invariants of a set-off; what is cleared."""
    found = netted(owed)
    assert balances(found.payments) == {k: v for k, v in balances(owed).items() if k in balances(found.payments)}
    assert all(v == 0 for k, v in balances(owed).items() if k not in balances(found.payments))
    assert all(0 < fen <= owed.get(pair, 0) for pair, fen in found.payments.items())
    assert found.gross_fen == sum(owed.values()) and found.residual_fen == sum(found.payments.values())
    assert found.net_fen <= found.residual_fen <= found.gross_fen
    assert found.net_fen * 2 == found.central_fen == sum(map(abs, balances(owed).values()))
    return found.cleared_fen


def by_trying(owed: dict[Pair, int]) -> int:
    """What can be cleared at most: every smaller debt of every pair, tried."""
    best, kept = 0, {k: v for k, v in balances(owed).items()}
    for amounts in product(*(range(fen + 1) for fen in owed.values())):
        left = dict(zip(owed, amounts, strict=True))
        if {**dict.fromkeys(kept, 0), **balances(left)} == kept:
            best = max(best, sum(owed.values()) - sum(amounts))
    return best


def by_programme(owed: dict[Pair, int]) -> int:
    places = sorted({one for pair in owed for one in pair})
    ends = np.zeros((len(places), len(owed)))
    for number, (a, b) in enumerate(owed):
        ends[places.index(a), number], ends[places.index(b), number] = -1, 1
    amounts = np.array([*owed.values()], dtype=float)
    found = linprog(np.ones(len(owed)), A_eq=ends, b_eq=ends @ amounts, bounds=[(0, one) for one in amounts])
    return sum(owed.values()) - round(float(found.fun))


def random_debts(random: Random, places: int, pairs: int, most: int) -> dict[Pair, int]:
    names = [f"p{number}" for number in range(places)]
    ends = [random.sample(names, 2) for _ in range(pairs)]
    return {(a, b): random.randint(0, most) for a, b in ends}


def test_the_reference_case() -> None:
    found = netted({("A", "B"): 30, ("B", "C"): 20, ("C", "A"): 10})
    assert (found.gross_fen, found.cleared_fen, found.residual_fen, found.net_fen) == (60, 30, 30, 20)
    assert found.payments == {("A", "B"): 20, ("B", "C"): 10}


def test_small_cases_against_all_that_can_be_tried() -> None:
    random = Random(9)
    for _ in range(300):
        owed = {pair: random.randint(1, 3) for pair in random.sample(PAIRS[:9], random.randint(0, 5))}
        assert check(owed) == by_trying(owed), owed


def test_larger_cases_against_a_linear_programme() -> None:
    random = Random(10)
    for _ in range(150):
        owed = random_debts(random, random.randint(2, 12), random.randint(1, 60), 10**9)
        assert check(owed) == by_programme(owed), owed


@given(st.dictionaries(st.sampled_from(PAIRS), st.integers(0, 10**18)))
@example({("a", "b"): 10**18, ("b", "a"): 10**18 - 1})
def test_whole_fen_stay_exact_however_large(owed: dict[Pair, int]) -> None:
    check(owed)


def test_two_who_owe_each_other_the_same_pay_nothing() -> None:
    assert netted({("a", "b"): 7, ("b", "a"): 7}).payments == {}
    assert netted({}).gross_fen == 0


@pytest.mark.parametrize("owed", [{("a", "b"): -1}, {("a", "a"): 1}])
def test_what_is_no_debt_is_refused(owed: dict[Pair, int]) -> None:
    with pytest.raises(ValueError):
        netted(owed)
