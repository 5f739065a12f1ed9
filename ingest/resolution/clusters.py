"""Which records are one company, once pairs are known that are the same and pairs that a person said are not."""

from collections import defaultdict
from collections.abc import Iterable

import pyarrow as pa

CLUSTERS = pa.schema([("record_id", pa.string()), ("cluster_id", pa.string())])


def clusters(same: pa.Table, different: pa.Table | None = None) -> pa.Table:
    """The cluster of every record of `same`; `CLUSTERS`, by record_id. A cluster is named after its smallest record_id.

    `same`: left_id, right_id, probability. Pairs are joined from the surest down (equal ones by their ids), and a pair is
    passed over where joining it would bring two records together that `different` (left_id, right_id) keeps apart, be it
    through others: a person's no stands above every probability, above another person's yes too. Which pairs were passed
    over can be read off: their records are in different clusters. The order of rows and of the two ids is of no effect.
    """
    pairs = [tuple(sorted(pair)) for pair in _pairs(same)]
    surest_first = sorted(zip((-p for p in same["probability"].to_pylist()), pairs, strict=True))
    groups = _Groups({record for pair in pairs for record in pair}, _pairs(different) if different else ())
    for _, (one, other) in surest_first:
        groups.join(one, other)
    named = sorted((record, first) for group in groups.all() for first in [min(group)] for record in group)
    return pa.table([list(column) for column in zip(*named, strict=True)] or [[], []], CLUSTERS)


def _pairs(table: pa.Table) -> Iterable[tuple[str, str]]:
    return zip(*(table[name].cast(pa.string()).to_pylist() for name in ("left_id", "right_id")), strict=True)


class _Groups:
    """Groups of records that grow by joining, each knowing which records must stay out of it."""

    def __init__(self, records: Iterable[str], apart: Iterable[tuple[str, str]]) -> None:
        self._group = {record: record for record in records}
        self._records = {record: [record] for record in self._group}
        self._out: dict[str, set[str]] = defaultdict(set)
        for one, other in apart:
            if one != other:
                self._out[one].add(other)
                self._out[other].add(one)

    def join(self, one: str, other: str) -> None:
        """Make one group of two, unless a record of the one must stay out of the other."""
        small, large = sorted((self._group[one], self._group[other]), key=lambda group: len(self._records[group]))
        if small == large or not self._out[large].isdisjoint(self._records[small]):
            return
        for record in self._records[small]:
            self._group[record] = large
        self._records[large] += self._records.pop(small)
        self._out[large] |= self._out.pop(small, set())

    def all(self) -> Iterable[list[str]]:
        """The records of each group."""
        return self._records.values()
