"""Measures over plain values: concentration, specialisation, reach. No graph store is touched here."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

Links = Mapping[str, Sequence[str]]


def hhi(shares: Iterable[float]) -> float:
    """Herfindahl–Hirschman index Σ s², shares normalised to sum 1; in (0, 1]. Source: Hirschman 1964, AER 54:761.

    Raises `ValueError` where no share is positive.

    >>> hhi([0.5, 0.3, 0.2]), hhi([2, 2])
    (0.38, 0.5)
    """
    positive = [share for share in shares if share > 0]
    total = sum(positive)
    if not total:
        raise ValueError("no positive share")
    return sum((share / total) ** 2 for share in positive)


def least_hhi(count: int) -> float:
    """The least HHI that `count` sources of unknown shares can have: all equal, 1/count.

    >>> least_hhi(2)
    0.5
    """
    return 1 / count


def revealed_advantage(made: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """RCA_cp = (x_cp / Σ_p x_cp) / (Σ_c x_cp / Σ x), for (city, product) → x. Source: Balassa 1965.

    >>> revealed_advantage({("a", "p"): 1, ("b", "p"): 1, ("b", "q"): 2})[("a", "p")]
    2.0
    """
    by_city: dict[str, float] = defaultdict(float)
    by_product: dict[str, float] = defaultdict(float)
    for (city, product), amount in made.items():
        by_city[city] += amount
        by_product[product] += amount
    total = sum(by_city.values())
    return {
        (city, product): (amount / by_city[city]) / (by_product[product] / total)
        for (city, product), amount in made.items()
    }


def reached(links: Links, start: str) -> dict[str, int]:
    """Everything that links lead to from `start`, with the least number of steps; `start` itself never, even on a cycle.

    >>> reached({"a": ["b"], "b": ["c", "a"]}, "a")
    {'b': 1, 'c': 2}
    """
    steps = {start: 0}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in links.get(here, ()):
            if there not in steps:
                steps[there] = steps[here] + 1
                queue.append(there)
    del steps[start]
    return steps
