"""Records joined by pairs, and kept apart where a person said so."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.resolution.clusters import clusters

RECORDS = "abcdefgh"
PAIR = st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS)).filter(lambda pair: pair[0] != pair[1])
Pairs = list[tuple[str, str]]


def test_records_that_any_chain_of_pairs_joins_are_one_cluster_named_after_the_smallest() -> None:
    found = clusters([("c", "b", 0.9), ("x", "y", 0.99), ("b", "a", 0.99)])
    assert list(found.items()) == [("a", "a"), ("b", "a"), ("c", "a"), ("x", "x"), ("y", "x")]


def test_the_weakest_pair_between_two_records_that_differ_is_passed_over() -> None:
    chain = [("a", "b", 0.99), ("b", "c", 0.8), ("c", "d", 0.95)]
    assert clusters(chain, [("d", "a")]) == {"a": "a", "b": "a", "c": "c", "d": "c"}


def test_a_no_stands_above_a_yes() -> None:
    assert clusters([("a", "b", 1.0)], [("b", "a")]) == {"a": "a", "b": "b"}


def test_what_is_kept_apart_elsewhere_or_not_known_changes_nothing() -> None:
    pairs = [("a", "b", 0.9), ("c", "d", 0.9)]
    apart = [("a", "c"), ("a", "nobody"), ("x", "y"), ("a", "a")]
    assert clusters(pairs, apart) == {"a": "a", "b": "a", "c": "c", "d": "c"}


def test_among_pairs_equally_sure_the_first_ids_decide() -> None:
    triangle = [("b", "c", 0.9), ("a", "b", 0.9), ("a", "c", 0.9)]
    assert clusters(triangle, [("a", "c")]) == {"a": "a", "b": "a", "c": "c"}


def test_no_pairs_give_no_clusters() -> None:
    assert clusters([]) == clusters([], [("a", "b")]) == {}


@pytest.mark.slow
@settings(derandomize=True)
@given(
    st.lists(st.tuples(PAIR, st.sampled_from([0.9, 0.95, 1.0])), max_size=14), st.lists(PAIR, max_size=5), st.randoms()
)
def test_the_order_of_rows_and_ids_is_of_no_effect_and_no_cluster_holds_two_that_differ(
    pairs: list[tuple[tuple[str, str], float]], apart: Pairs, rng: random.Random
) -> None:
    rows = [(left, right, p) for (left, right), p in pairs]
    turned = [(right, left, p) if rng.random() < 0.5 else (left, right, p) for left, right, p in rows]
    found = clusters(rows, apart)

    again = clusters(rng.sample(turned, len(turned)), rng.sample(apart, len(apart)))

    assert again == found == _pair_by_pair(rows, apart)
    assert all(found[a] != found[b] for a, b in apart if a in found and b in found)


def _pair_by_pair(rows: list[tuple[str, str, float]], apart: Pairs) -> dict[str, str]:
    """The definition, word for word."""
    groups = {record: {record} for left, right, _ in rows for record in (left, right)}
    no = {frozenset(pair) for pair in apart}
    for left, right, _ in sorted(rows, key=lambda row: (-row[2], min(row[:2]), max(row[:2]))):
        union = groups[left] | groups[right]
        if not any(frozenset((a, b)) in no for a in union for b in union):
            for record in union:
                groups[record] = union
    return {record: min(group) for record, group in groups.items()}


@pytest.mark.slow
def test_a_cluster_of_most_records_is_split_by_one_no() -> None:
    rng = random.Random(5)
    rows = [(f"r{rng.randrange(20_000)}", f"r{rng.randrange(20_000)}", rng.random()) for _ in range(20_000)]
    whole = clusters(rows)
    one, other = [record for record, cluster in whole.items() if cluster == whole["r1"]][:2]

    split = clusters(rows, [(one, other)])

    assert len(whole) == len(split) == len({record for row in rows for record in row[:2]})
    assert split[one] != split[other]
    elsewhere = [record for record, cluster in whole.items() if cluster != whole["r1"]]
    assert [split[record] for record in elsewhere] == [whole[record] for record in elsewhere]
