"""Which enterprises are joined by ownership, so that they are no sources independent of each other."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from graph.texts import Text
from queries.reader import Reader
from queries.sections import Sections

_SECTIONS = Sections(__file__)

OWNERSHIP_CONVENTION = Text("ownership.groups")


class _Holding(NamedTuple):
    enterprise_id: str
    owner_id: str
    edge_id: str


owners = _SECTIONS.rows("owners", _Holding)


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
