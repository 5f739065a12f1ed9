"""Which records are one company, once pairs are known that are the same and pairs that a person said are not."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.columns import whole

CLUSTERS = pa.schema([("record_id", pa.string()), ("cluster_id", pa.string())])

_Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


def clusters(same: pa.Table, different: pa.Table | None = None) -> pa.Table:
    """The cluster of every record of `same`; `CLUSTERS`, by record_id. A cluster is named after its smallest record_id.

    `same`: left_id, right_id, probability. Pairs are joined from the surest down (equal ones by their ids), and a pair is
    passed over where joining it would bring two records together that `different` (left_id, right_id) keeps apart, be it
    through others: a person's no stands above every probability, above another person's yes too. Which pairs were passed
    over can be read off: their records are in different clusters. The order of rows and of the two ids is of no effect.
    """
    left, right = (whole(same[name]).cast(pa.string()) for name in ("left_id", "right_id"))
    encoded = pa.concat_arrays([left, right]).dictionary_encode()
    order = pc.sort_indices(encoded.dictionary)
    ids = encoded.dictionary.take(order)
    # A smaller number is a smaller id.
    number = np.empty(len(ids), dtype=np.int64)
    number[order.to_numpy()] = np.arange(len(ids))
    ends = number[encoded.indices.to_numpy()].reshape(2, -1)
    found = _components((ends[0], ends[1]), len(ids))
    if different is not None:
        probability = whole(same["probability"]).to_numpy(zero_copy_only=False)
        _split(found, (ends[0], ends[1]), probability, _apart(different, ids))
    return pa.table([ids, ids.take(pa.array(_smallest(found)))], CLUSTERS)


def _components(edges: tuple[_Ints, _Ints], count: int) -> _Ints:
    """Which records are joined by any chain of pairs."""
    from scipy.sparse import coo_array  # Half a second, which a load that joins nothing need not wait for.
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(edges[0]), dtype=bool), edges), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _smallest(found: _Ints) -> _Ints:
    """For each record the first record of its cluster."""
    _, first, which = np.unique(found, return_index=True, return_inverse=True)
    return np.asarray(first[which], dtype=np.int64)


def _apart(different: pa.Table, ids: pa.Array) -> _Ints:
    """The pairs to keep apart, two columns; those with a record that is in no pair of `same` need nothing."""
    sides = [pc.index_in(whole(different[name]).cast(pa.string()), ids) for name in ("left_id", "right_id")]
    known = pc.fill_null(pc.not_equal(*sides), False)
    columns = [side.filter(known).to_numpy(zero_copy_only=False) for side in sides]
    return np.stack(columns, axis=1).astype(np.int64)


def _split(
    found: _Ints, edges: tuple[_Ints, _Ints], probability: np.ndarray[tuple[int], np.dtype[np.float64]], apart: _Ints
) -> None:
    """Build anew, pair by pair, the components that hold two records to keep apart; the others stand as they are."""
    torn = np.unique(found[apart[found[apart[:, 0]] == found[apart[:, 1]], 0]])
    low, high = np.minimum(*edges), np.maximum(*edges)
    concerned = np.flatnonzero(np.isin(found[low], torn))
    surest_first = concerned[np.lexsort((high[concerned], low[concerned], -probability[concerned]))]
    groups = _Groups(np.flatnonzero(np.isin(found, torn)).tolist(), zip(*apart.T.tolist(), strict=True))
    for edge in surest_first.tolist():
        groups.join(int(low[edge]), int(high[edge]))
    # Any numbers do that no other component has.
    for record, group in groups.members():
        found[record] = len(found) + group


class _Groups:
    """Groups of records that grow by joining, each knowing which records must stay out of it."""

    def __init__(self, records: Iterable[int], apart: Iterable[tuple[int, int]]) -> None:
        self._group = {record: record for record in records}
        self._records = {record: [record] for record in self._group}
        self._out: dict[int, set[int]] = defaultdict(set)
        for one, other in apart:
            self._out[one].add(other)
            self._out[other].add(one)

    def join(self, one: int, other: int) -> None:
        """Make one group of two, unless a record of the one must stay out of the other."""
        small, large = sorted((self._group[one], self._group[other]), key=lambda group: len(self._records[group]))
        if small == large or not self._out[large].isdisjoint(self._records[small]):
            return
        for record in self._records[small]:
            self._group[record] = large
        self._records[large] += self._records.pop(small)
        self._out[large] |= self._out.pop(small, set())

    def members(self) -> Iterable[tuple[int, int]]:
        """Each record and its group."""
        return self._group.items()
