"""ESRI as the paper writes it, on dense matrices, all shocks at once; knows nothing of the code that it checks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass
class PlainNetwork:
    """W, what each firm makes, the class of each pair of firms, outside shares."""

    sales: Floats  # (n, n) from the row's firm to the column's
    product: NDArray[np.int64]
    input_class: NDArray[np.int64]  # (n, n)
    outside_cost: Floats
    outside_revenue: Floats

    def downstream_parts(self) -> Floats:
        """Λ^d."""
        of_product = (self.product[:, None] == self.product) @ self.sales
        of_all = np.broadcast_to(self.sales.sum(axis=0), self.sales.shape)
        whole = np.where(self.input_class == 2, of_product, np.where(self.input_class == 1, of_all, np.inf))
        parts: Floats = np.divide(self.sales, whole, out=np.zeros_like(self.sales), where=self.sales > 0)
        return parts * (1 - self.outside_cost)

    def upstream_parts(self) -> Floats:
        """Λ^u."""
        out = self.sales.sum(axis=1, keepdims=True)
        parts: Floats = np.divide(self.sales, out, out=np.zeros_like(self.sales), where=out > 0)
        return parts * (1 - self.outside_revenue)[:, None]


def spread(
    net: PlainNetwork, shocks: Floats, is_replaceable: bool, epsilon: float, max_steps: int = 1_000
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """h^d, h^u (shocks, n) and the number of steps of each shock ψ, a row of `shocks`."""
    down, up = net.downstream_parts(), net.upstream_parts()
    h_down, h_up = 1 - shocks, 1 - shocks
    steps = np.zeros(len(shocks), np.int64)
    is_running = np.ones(len(shocks), bool)
    for _ in range(max_steps):
        new_down = np.minimum(_downstream(net, down, h_down, is_replaceable), 1 - shocks)
        new_up = np.minimum(np.maximum(0, 1 - (1 - h_up) @ up.T), 1 - shocks)
        fall = np.maximum((h_down - new_down).max(axis=1), (h_up - new_up).max(axis=1))
        h_down = np.where(is_running[:, None], new_down, h_down)
        h_up = np.where(is_running[:, None], new_up, h_up)
        steps += is_running
        is_running &= fall > epsilon
        if not is_running.any():
            break
    return h_down, h_up, steps


def _downstream(net: PlainNetwork, down: Floats, h: Floats, is_replaceable: bool) -> Floats:
    is_same = net.product[:, None] == net.product
    sigma = np.ones_like(h)
    if is_replaceable:
        sales = net.sales.sum(axis=1)
        left = (h * sales) @ is_same
        sigma = np.where(left < 1e-10, 1, np.minimum(1, sales / np.maximum(left, 1e-10)))
    damage = sigma * (1 - h)
    level = 1 - damage @ np.where(net.input_class == 1, down, 0)
    for k in np.unique(net.product):
        makers = net.product == k
        level = np.minimum(level, 1 - damage[:, makers] @ np.where(net.input_class[makers] == 2, down[makers], 0))
    return np.maximum(0, level)


def scores(net: PlainNetwork, is_replaceable: bool, epsilon: float, max_steps: int = 1_000) -> Floats:
    """ESRI of every firm, and by h^d and h^u alone, as columns."""
    h_down, h_up, _ = spread(net, np.eye(len(net.sales)), is_replaceable, epsilon, max_steps)
    w = net.sales.sum(axis=1)
    return np.stack([(1 - h) @ w / w.sum() for h in (np.minimum(h_down, h_up), h_down, h_up)], axis=1)


def random_network(rng: np.random.Generator, firms: int) -> PlainNetwork:
    """Cycles, self-loops, firms without links, links of no sales, outside shares of 0 and 1 among the others."""
    density = rng.choice([0.1, 0.3, 0.6])
    sales = rng.lognormal(0, 1, (firms, firms)) * (rng.random((firms, firms)) < density)
    product = rng.integers(0, rng.integers(1, firms + 1), firms)
    products = int(product.max()) + 1
    by_product = rng.choice([0, 1, 2], (products, products), p=[0.1, 0.45, 0.45])

    def shares() -> Floats:
        return rng.choice([0.0, 0.2, 0.5, 1.0], firms, p=[0.2, 0.4, 0.35, 0.05])

    return PlainNetwork(sales, product, by_product[product][:, product], shares(), shares())
