"""Which records are one company, once pairs are known that are the same and pairs that a person said are not."""

from collections import defaultdict
from collections.abc import Iterable


def clusters(same: Iterable[tuple[str, str, float]], different: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """The cluster of every record of `same` (two ids, and how sure the pair is), by record: its smallest record.

    Pairs are joined from the surest down (equal ones by their ids), and a pair is passed over where joining it would bring
    two records together that `different` keeps apart, be it through others: a person's no stands above every probability,
    above another person's yes too. Which pairs were passed over can be read off: their records are in different clusters.
    The order of pairs and of the two ids is of no effect.
    """
    surest_first = sorted((-sureness, min(one, other), max(one, other)) for one, other, sureness in same)
    group = {record: record for _, *pair in surest_first for record in map(str, pair)}
    members = {record: [record] for record in group}
    out: dict[str, set[str]] = defaultdict(set)
    for one, other in different:
        if one != other:
            out[one].add(other)
            out[other].add(one)
    for _, one, other in surest_first:
        small, large = sorted((group[one], group[other]), key=lambda name: len(members[name]))
        if small == large or not out[large].isdisjoint(members[small]):
            continue
        group |= dict.fromkeys(members[small], large)
        members[large] += members.pop(small)
        out[large] |= out.pop(small, set())
    smallest = {name: min(records) for name, records in members.items()}
    return {record: smallest[group[record]] for record in sorted(group)}
