"""Which enterprises are joined by ownership, so that they are no sources independent of each other."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from queries.reader import Reader
from queries.sections import section

OWNERSHIP_CONVENTION = (
    "持股相连（一家持有另一家，或同属一个股东，不论层数与比例）的企业不算彼此独立的来源；没有持股记录不等于无关。 Enterprises joined by OWNS (one holds "
    "shares in the other, or the same owner in both, through any number of steps, whatever the share) are no sources "
    "independent of each other; no record is not 'not joined'."
)


class _Holding(NamedTuple):
    enterprise_id: str
    owner_id: str
    edge_id: str


@section
def owners(reader: Reader, *, enterprise_ids: Sequence[str]) -> list[_Holding]:
    """Who holds shares in some enterprises."""


class Groups:
    """Some enterprises with their owners, put into groups that ownership joins."""

    def __init__(self, reader: Reader, enterprise_ids: Iterable[str]) -> None:
        self._group = {one: {one} for one in enterprise_ids}
        self._holdings: list[_Holding] = []
        frontier = sorted(self._group)
        while frontier:
            rows = owners(reader, enterprise_ids=frontier)
            frontier = sorted({row.owner_id for row in rows} - self._group.keys())
            self._group.update((one, {one}) for one in frontier)
            self._holdings += rows
        for holding in self._holdings:
            joined = self._group[holding.enterprise_id] | self._group[holding.owner_id]
            self._group.update(dict.fromkeys(joined, joined))

    def are_joined(self, enterprise_ids: Collection[str]) -> bool:
        """Whether there are several of them and ownership joins them all."""
        return len(enterprise_ids) > 1 and self._group[next(iter(enterprise_ids))].issuperset(enterprise_ids)

    def evidence(self, enterprise_ids: Iterable[str]) -> list[str]:
        """The ids of the edges of OWNS in the groups of some enterprises."""
        groups = set[str]().union(*(self._group[one] for one in enterprise_ids))
        return sorted({row.edge_id for row in self._holdings if row.owner_id in groups})
