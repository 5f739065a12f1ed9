"""Which records of several lists are the same thing: identifiers, exact names, people's decisions, probable matches.

A record is an id in one list (a part of a dataset). Tiers, the strongest first: a person's decision; the same
identifier (USCC, stock code); the same normalised name, for an enterprise within one prefecture (province, where one says no more) or one data set; a probable
match by Splink (`ingest/resolution/linking.py`). Codes and places that differ speak against a name; a record that fits two is
joined with neither. Two records with keys of one list are never joined by a name, nor by an identifier: a list that gives two
companies one code has it wrong somewhere, so the code is set aside until a list or a person says whose it is. Rows of a list
that has no keys (`as: record`) may repeat a company, and are joined like those of two lists.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graph.ontology import NODE_TYPE, label_of
from graph.texts import Text
from ingest.decisions import Decision, Verdict
from ingest.mapping.values import RECORD
from ingest.names import is_legal_name, normalised_names, share_core
from ingest.resolution.clusters import clusters
from ingest.resolution.comparable import prefecture, province
from ingest.resolution.described import described, places_of
from ingest.resolution.sql import statement

DUCKDB = "duckdb"
"""Where probable matches are found unless on Spark, `spark` or the URL of a master."""

_IDENTIFIERS = ("uscc", "stock_code")
PAIR_SCHEMA = pa.schema(
    [("id", pa.string()), ("label", pa.string()), ("left_id", pa.string()), ("right_id", pa.string()),
     ("tier", pa.string()), ("probability", pa.float64()), ("why", pa.string()), ("left", pa.string()), ("right", pa.string())]
)  # fmt: skip
"""Two records that are, or may be, the same: `why` gives the key they share, or the parts of the score; `left` and `right`
say which they are, by name and place."""

NO_PLACE = "ingest.no_place"
ONLY_NO_PLACE = "ingest.only_no_place"
"""Why a pair waits that `corridor merges names` joins with all others of its kind."""

ASIDE_SCHEMA = pa.schema(
    [
        ("label", pa.string()),
        ("id", pa.string()),
        ("property", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
    ]
)
"""Values that are kept as claims and not shown in the graph, because it is not certain whose they are."""


@dataclass(slots=True)
class Identities:
    """What identity resolution found.

    `entities` has `id` and `entity` of each record that became part of another; `merges` the pairs that were joined,
    `review` those that a person should look at, `aside` the identifiers that were set aside.
    """

    entities: pa.Table
    merges: pa.Table
    review: pa.Table
    aside: pa.Table


class _Pair(NamedTuple):
    left_id: str
    right_id: str
    tier: str
    probability: float | None
    why: str

    @property
    def id(self) -> str:
        return pair_id(self.left_id, self.right_id)

    @property
    def records(self) -> frozenset[str]:
        """What tells it from other pairs: of 10,000 ids two may well be equal."""
        return frozenset((self.left_id, self.right_id))

    @property
    def label(self) -> str:
        return label_of(self.left_id) or ""

    @property
    def strength(self) -> float:
        """A tier weighs more than any probability."""
        return _STRENGTH[self.tier] + (self.probability or 0)

    def is_one(self, entity: Mapping[str, str]) -> bool:
        """Whether both records became part of one thing."""
        return self.left_id in entity and entity[self.left_id] == entity.get(self.right_id)


_STRENGTH: Mapping[str, float] = {"decision": 4.0, "identifier": 3.0, "name": 2.0, "probable": 1.0}


@dataclass(slots=True)
class _Matches:
    same: list[_Pair] = field(default_factory=list)
    review: list[_Pair] = field(default_factory=list)
    aside: list[dict[str, object]] = field(default_factory=list)


def pair_id(left_id: str, right_id: str) -> str:
    """Eight characters that stand for two records, whichever is named first.

    >>> pair_id("a", "b") == pair_id("b", "a")
    True
    """
    return hashlib.sha256("\0".join(sorted((left_id, right_id))).encode()).hexdigest()[:8]


def identities(
    database: duckdb.DuckDBPyConnection, labels: Sequence[str], decisions: Sequence[Decision], *, link_on: str | None
) -> Identities:
    """Who is who among the records in the views `claims_LABEL` (and `claims_LOCATED_IN`, where it is there) of a database."""
    found = _Matches()
    for label in labels:
        if NODE_TYPE[label].is_told_by_name:
            _by_name(database, label, found)
    if "Enterprise" in labels:
        accepted = {d.subject: d for d in decisions if d.verdict is Verdict.NAMES}
        _enterprises(database, found, accepted, link_on)
    apart = [(d.subject, d.object) for d in decisions if d.verdict is Verdict.DIFFERENT]
    same = [d for d in decisions if d.verdict is Verdict.SAME]
    there = _order(database, labels, {record for d in same for record in (d.subject, d.object)})
    for decision in same:
        if decision.subject in there and decision.object in there:
            found.same.append(_Pair(decision.subject, decision.object, "decision", 1.0, decision.attribution()))
    return _joined(database, labels, found, apart)


def _why(what: str, why: str) -> str:
    return Text("ingest.why", what=what, why=Text.unpacked(why)).packed()


def _together(*whys: str) -> str:
    return Text("common.list", items=[Text.unpacked(one) for one in whys]).packed()


# --- exact names -----------------------------------------------------------------------------------------------------


def _records(database: duckdb.DuckDBPyConnection, label: str, columns: Sequence[str]) -> pa.Table:
    """One row a record, in the order of parts: `id`, `part`, `dataset`, `source_ids`, `place_code` and the columns, as
    people corrected them."""
    corrected = ", ".join(f"any_value({name}) AS {name}" for name in columns)
    shown = ", ".join(f"{_shown_as(name)} AS {name}" for name in columns)
    source_ids = "NULL::VARCHAR[]" if label == "Source" else "r.source_ids"
    text = statement("records", label=label, shown=shown, corrected=corrected, source_ids=source_ids)
    records = database.sql(text).to_arrow_table()
    return records.append_column("place_code", places_of(database, records["id"]))


def _shown_as(name: str) -> str:
    """What a record is compared by; lists that are yet to come may still have the name that people corrected."""
    known = f"coalesce(k.{name}, r.{name})"
    if name not in ("former_names", "aliases"):
        return known
    return f"CASE WHEN k.name_zh <> r.name_zh THEN list_append({known}, r.name_zh) ELSE {known} END"


def _is_alone(database: duckdb.DuckDBPyConnection, label: str) -> bool:
    """Whether no two records of a label can be the same: they are of one list, and have its own keys."""
    lists, own = database.execute(
        f"SELECT count(DISTINCT part), count(*) FILTER (id LIKE '%:{RECORD}%') FROM claims_{label} WHERE part >= 0"
    ).fetchall()[0]
    return int(lists) < 2 and not own


def _by_name(database: duckdb.DuckDBPyConnection, label: str, found: _Matches) -> None:
    if _is_alone(database, label):
        return
    more = ["classification"] if label == "Sector" else []
    records = _records(database, label, ["name_zh", "aliases", *more])
    keys = _plain(records["name_zh"].combine_chunks())
    if more:
        keys = pc.binary_join_element_wise(pc.fill_null(records["classification"].combine_chunks(), ""), keys, "|")
    else:
        keys = _through_aliases(keys, records)
    _match(database, label, records.append_column("key", keys), {}, found)


def _through_aliases(keys: pa.Array, records: pa.Table) -> pa.Array:
    """The key of each record; where its name is an alias of one thing of other data sets that of this. A data set that has two
    names of a thing means two things.
    """
    lists = records["aliases"].combine_chunks()
    texts, datasets, owners = (
        keys.to_pylist(),
        records["dataset"].to_pylist(),
        pc.list_parent_indices(lists).to_pylist(),
    )
    aliases: dict[str, set[tuple[str, int]]] = {}
    for alias, owner in zip(_plain(pc.list_flatten(lists)).to_pylist(), owners, strict=True):
        aliases.setdefault(alias, set()).add((texts[owner], datasets[owner]))
    named = set(zip(texts, datasets, strict=True))
    meant = {}
    for name, dataset in named:
        things = {thing for thing, _ in aliases.get(name, ())}
        if len(things) == 1 and not any((name, other) in named for _, other in aliases[name]):
            meant[name, dataset] = next(iter(things))
    called = Counter([*((thing, dataset) for (_, dataset), thing in meant.items()), *named])
    return pa.array(
        [
            thing if (thing := meant.get(key)) and called[thing, key[1]] == 1 else key[0]
            for key in zip(texts, datasets, strict=True)
        ],
        pa.string(),
    )


def _plain(names: pa.Array) -> pa.Array:
    """Names as they are compared where they are not those of firms: one width, lower case, no spaces."""
    return pc.replace_substring_regex(pc.utf8_lower(pc.utf8_normalize(names, form="NFKC")), r"\s+", "")


@dataclass(frozen=True, slots=True)
class _Named:
    """A record, and what can speak against its being another one of its name."""

    id: str
    part: int
    dataset: int
    place: str | None
    uscc: str | None
    stock_code: str | None
    source_ids: list[str] | None

    @property
    def order(self) -> tuple[int, str]:
        return self.part, self.id

    def against(self, other: "_Named", needs_place: bool) -> str | None:
        """Why the name alone does not make this and another one the same; `None` where it may."""
        if self.id == other.id:
            return None
        if self.part == other.part and not (_is_record(self.id) and _is_record(other.id)):
            return "ingest.several_in_list"
        if _differ(self.uscc, other.uscc) or (
            _differ(self.stock_code, other.stock_code) and (self.uscc is None or self.uscc != other.uscc)
        ):
            return "ingest.codes_differ"
        if self.place and other.place:
            a, b = self.place, other.place  # Where one is a province, that is all that is compared.
            is_elsewhere = (province(a) or a) != (province(b) or b) or _differ(prefecture(a), prefecture(b))
            return "ingest.places_differ" if is_elsewhere else None
        return NO_PLACE if needs_place and self.dataset != other.dataset else None


def _is_record(id_: str) -> bool:
    return id_.partition(":")[2].startswith(RECORD)


def _differ(a: str | None, b: str | None) -> bool:
    return a is not None and b is not None and a != b


def _match(
    database: duckdb.DuckDBPyConnection,
    label: str,
    records: pa.Table,
    accepted: Mapping[str, Decision],
    found: _Matches,
) -> None:
    """Join records that share a `key` and of which nothing speaks against it; what is not so plain a person decides."""
    for name in _IDENTIFIERS:
        if name not in records.column_names:
            records = records.append_column(name, pa.nulls(len(records), pa.string()))
    database.register("keyed", records)
    groups = database.execute(statement("shared_keys")).fetchall()
    database.unregister("keyed")
    needs_place = not NODE_TYPE[label].is_told_by_name
    for key, rows in groups:
        clusters_of_key = _clusters_of_key([_Named(**row) for row in rows], needs_place)
        for cluster in clusters_of_key:
            first, *others = sorted({one.id: one for one in cluster}.values(), key=lambda one: one.order)
            found.same += [_Pair(first.id, other.id, "name", 1.0, key) for other in others]
        if len(clusters_of_key) > 1:
            _undecided(key, clusters_of_key, needs_place, accepted, found)


def _clusters_of_key(members: Sequence[_Named], needs_place: bool) -> list[list[_Named]]:
    """The records of one name in groups that are one thing each. One that fits several groups stays by itself."""
    groups: list[list[_Named]] = []
    seen: list[dict[tuple[object, ...], _Named]] = []  # Of each group one record of each kind: all others say the same.
    # Of each list the groups without a key of its own: a list may give one name to all of its rows.
    free: dict[int, set[int]] = {one.part: set() for one in members}
    for one in members:
        asked = range(len(groups)) if _is_record(one.id) else free[one.part]
        fit = (n for n in asked if all(not other.against(one, needs_place) for other in seen[n].values()))
        fitting = list(islice(fit, 2))
        number = fitting[0] if len(fitting) == 1 else len(groups)
        if number == len(groups):
            groups.append([])
            seen.append({})
            for numbers in free.values():
                numbers.add(number)
        if not _is_record(one.id):
            free[one.part].discard(number)
        groups[number].append(one)
        own = () if _is_record(one.id) else (one.part, one.id)
        seen[number][(one.part, one.place, one.uscc, one.stock_code, *own)] = one
    return groups


def _undecided(
    key: str, groups: Sequence[Sequence[_Named]], needs_place: bool, accepted: Mapping[str, Decision], found: _Matches
) -> None:
    """What shares a name and is not joined, for a person. What only lacks a place and is a legal name that each list has
    once is proposed together, and joined where a person took the names of its source at their word."""
    heads = sorted((min(group, key=lambda one: one.order) for group in groups), key=lambda one: one.order)
    first = heads[0]
    if all(a.against(b, needs_place) == NO_PLACE for a, b in combinations(heads, 2)):
        if is_legal_name(key):
            for other in heads[1:]:
                said = next(
                    (accepted[s] for one in (first, other) for s in one.source_ids or () if s in accepted), None
                )
                if said:
                    found.same.append(_Pair(first.id, other.id, "decision", 1.0, _why(key, said.attribution())))
                else:
                    found.review.append(_Pair(first.id, other.id, "name", None, _why(key, ONLY_NO_PLACE)))
        return
    for other in heads[1:]:
        reason = first.against(other, needs_place) or "ingest.several_fit"
        found.review.append(_Pair(first.id, other.id, "name", None, _why(key, reason)))


# --- enterprises -----------------------------------------------------------------------------------------------------


def _enterprises(
    database: duckdb.DuckDBPyConnection, found: _Matches, accepted: Mapping[str, Decision], link_on: str | None
) -> None:
    records = _records(
        database, "Enterprise", ["name_zh", "short_name", "former_names", "address", "uscc", "stock_code", "listed_on"]
    )
    records = records.append_column("key", normalised_names(records["name_zh"].combine_chunks()))
    for name in _IDENTIFIERS:
        _by_identifier(database, records, name, found)
    if not _is_alone(database, "Enterprise"):
        _match(database, "Enterprise", records, accepted, found)
    if link_on and len(pc.unique(records["part"])) > 1:
        _probable(records, found, link_on)


@dataclass(frozen=True, slots=True)
class _Record:
    id: str
    part: int
    name: str
    key: str
    former: list[str] | None

    @property
    def thing(self) -> str:
        """What its list has once: the record, or the name where the list has no keys of its own."""
        return self.key if _is_record(self.id) else self.id


def _by_identifier(database: duckdb.DuckDBPyConnection, records: pa.Table, name: str, found: _Matches) -> None:
    """Join records that share an identifier and something of a name; set it aside where it cannot be told whose it is."""
    database.register("coded", records.select(["id", "part", name, "name_zh", "key", "former_names"]))
    groups = database.execute(statement("shared_identifiers", name=name)).fetchall()
    database.unregister("coded")
    corrected_ids = {
        str(row[0])
        for row in database.execute(
            f"SELECT id FROM claims_Enterprise WHERE part < 0 AND {name} IS NOT NULL"
        ).fetchall()
    }
    claims: list[tuple[str, _Record, _Record]] = []
    for code, rows in groups:
        members = [_Record(**row) for row in rows]
        claims += [(code, first, other) for first, other in _one_a_list(name, code, members, corrected_ids, found)]
    _join_named(name, claims, found)


def _one_a_list(
    name: str, code: str, members: list[_Record], corrected_ids: Container[str], found: _Matches
) -> list[tuple[_Record, _Record]]:
    """The pairs that an identifier joins; it is set aside where it cannot be told whose it is. `corrected_ids`: records that people gave one."""
    rightful = _rightful(members, corrected_ids)
    if rightful is None:
        for other in _others(members, members[0]):
            reason = _why(f"{name} {code}", "ingest.given_to_several")
            found.review.append(_Pair(members[0].id, other.id, "identifier", None, reason))
        _set_aside(name, code, members, "ingest.given_to_several", found)
        return []
    losers = [member for member in members if member.id not in {r.id for r in rightful}]
    _set_aside(name, code, losers, Text("ingest.is_that_of", id=rightful[0].id).packed(), found)
    return [(rightful[0], other) for other in _others(rightful, rightful[0])]


def _join_named(name: str, claims: Sequence[tuple[str, _Record, _Record]], found: _Matches) -> None:
    """Join the pairs whose names share something. All are compared at once: one by one it takes a minute for 10,000."""
    firsts = pa.array([first.name for _, first, _ in claims], pa.string())
    others = pa.array([other.name for _, _, other in claims], pa.string())
    shares = share_core(firsts, others).to_pylist() if claims else []
    for (code, first, other), is_shared in zip(claims, shares, strict=True):
        if is_shared or _was_called(first, other) or _was_called(other, first):
            found.same.append(_Pair(first.id, other.id, "identifier", 1.0, f"{name} {code}"))
            continue
        reason = _why(f"{name} {code}", "ingest.names_share_nothing")
        found.review.append(_Pair(first.id, other.id, "identifier", None, reason))
        _set_aside(name, code, [other], Text("ingest.is_anothers", id=first.id).packed(), found)


def _was_called(one: _Record, other: _Record) -> bool:
    return other.key in normalised_names(pa.array(one.former or [], pa.string())).to_pylist()


def _rightful(members: Sequence[_Record], corrected_ids: Container[str]) -> list[_Record] | None:
    """Those whose identifier it is: all where each list has one; else the one that a person names, with those of its name
    on other lists; else those of the one name that two lists agree on."""
    per_list: dict[int, set[str]] = {}
    lists_of_name: dict[str, set[int]] = {}
    for member in members:
        per_list.setdefault(member.part, set()).add(member.thing)
        lists_of_name.setdefault(member.key, set()).add(member.part)
    if all(len(ids) == 1 for ids in per_list.values()):
        return list(members)
    owners = [member for member in members if member.id in corrected_ids]
    if len({owner.id for owner in owners}) == 1:
        own_lists = {owner.part for owner in owners}
        return [*owners, *(m for m in members if m.part not in own_lists and m.key == owners[0].key)]
    agreed = [key for key, lists in lists_of_name.items() if len(lists) > 1]
    return [member for member in members if member.key == agreed[0]] if len(agreed) == 1 else None


def _others(members: Iterable[_Record], first: _Record) -> list[_Record]:
    return list({m.id: m for m in members if m.id != first.id}.values())


def _set_aside(name: str, code: str, members: Iterable[_Record], reason: str, found: _Matches) -> None:
    for member in members:
        found.aside.append({"label": "Enterprise", "id": member.id, "property": name, "value": code, "reason": reason})


def _probable(records: pa.Table, found: _Matches, link_on: str) -> None:
    """Pairs that Splink finds among what is not joined yet, at or above the thresholds of `ingest/resolution/linking.py`."""
    joined = {side for pair in found.same for side in (pair.left_id, pair.right_id)}
    parts = records["part"].to_pylist()
    size = Counter(parts)
    place: dict[str, int] = {}
    # An id that several lists have is one record, of the longest of them: a list beside it that says more of some is none of its own.
    for number, id_ in sorted(enumerate(records["id"].to_pylist()), key=lambda one: -size[parts[one[0]]]):
        if id_ not in joined:
            place.setdefault(id_, number)
    open_ = records.take(pa.array(sorted(place.values()), pa.int64()))
    if len(pc.unique(open_["part"])) < 2:
        return
    from ingest.resolution.linking import MERGE_AT, probable_pairs  # With pandas and Splink, which few loads need.

    table = pa.table(
        {"record_id": open_["id"], "dataset": pc.cast(open_["part"], pa.string()), "name": open_["name_zh"],
         **{name: open_[name] for name in ("short_name", "former_names", "place_code", "address", *_IDENTIFIERS, "listed_on")}}
    )  # fmt: skip
    for row in probable_pairs(table, link_on=link_on).to_pylist():
        pair = _Pair(row["left_id"], row["right_id"], "probable", row["probability"], _score(row))
        (found.same if row["probability"] >= MERGE_AT else found.review).append(pair)


def _score(row: Mapping[str, object]) -> str:
    """The parts of a probable match's score: each comparison with its level and what it adds, in powers of two."""
    names = [name.removesuffix("_level") for name in row if name.endswith("_level")]
    parts = [
        Text("ingest.score_part", what=Text(f"ingest.compared.{name}"), level=Text(str(row[f"{name}_level"])),
             weight=f"{float(str(row[f'{name}_weight'])):+.1f}")
        for name in names
    ]  # fmt: skip
    held_back = [Text(one) for one in str(row["reason"] or "").split()]
    return Text("common.list", items=[*held_back, *parts]).packed()


# --- together --------------------------------------------------------------------------------------------------------


def _joined(
    database: duckdb.DuckDBPyConnection, labels: Sequence[str], found: _Matches, apart: Sequence[tuple[str, str]]
) -> Identities:
    """The stronger tier first, never against a decision; of the records of one thing the first gives its id."""
    cluster = clusters(((pair.left_id, pair.right_id, pair.strength) for pair in found.same), apart)
    order = _order(database, labels, cluster.keys())
    first: dict[str, str] = {}
    for record in sorted(cluster, key=lambda id_: order.get(id_, (1 << 60, id_))):
        first.setdefault(cluster[record], record)
    entity = {record: first[name] for record, name in cluster.items()}
    same = sorted(found.same, key=lambda pair: (-pair.strength, pair.id))
    undone = [pair._replace(why=_together(pair.why, "ingest.against_decision")) for pair in same]
    settled = {*map(frozenset, apart)}
    review = [pair for pair in (*found.review, *undone) if pair.records not in settled and not pair.is_one(entity)]
    merges = [pair for pair in same if pair.is_one(entity)]
    who = described(database, labels, {side for pair in (*merges, *review) for side in (pair.left_id, pair.right_id)})
    moved = [{"id": record, "entity": to} for record, to in entity.items() if record != to]
    return Identities(
        entities=pa.Table.from_pylist(moved, schema=pa.schema([("id", pa.string()), ("entity", pa.string())])),
        merges=_pairs(merges, who),
        review=_pairs(review, who),
        aside=pa.Table.from_pylist(found.aside, schema=ASIDE_SCHEMA),
    )


def _pairs(pairs: Iterable[_Pair], who: Mapping[str, str]) -> pa.Table:
    """Each pair once, by label and id: the tier that names it first, and the parts of its score where it has one too."""
    by_records: dict[frozenset[str], _Pair] = {}
    for pair in pairs:
        before = by_records.setdefault(pair.records, pair)
        if pair.tier == "probable" and before.tier != "probable":
            by_records[pair.records] = before._replace(
                probability=pair.probability, why=_together(before.why, pair.why)
            )
    rows = sorted(by_records.values(), key=lambda pair: (pair.label, pair.left_id, pair.right_id))
    return pa.Table.from_pylist(
        [{"id": pair.id, "label": pair.label, **pair._asdict(), "left": who.get(pair.left_id),
          "right": who.get(pair.right_id)} for pair in rows],
        schema=PAIR_SCHEMA,
    )  # fmt: skip


def _order(
    database: duckdb.DuckDBPyConnection, labels: Sequence[str], ids: Collection[str]
) -> dict[str, tuple[int, str]]:
    """Where the ids that some list has are first named: of the records of one thing the first gives its id."""
    database.register("asked", pa.table({"id": pa.array(sorted(ids), pa.string())}))
    found: dict[str, tuple[int, str]] = {}
    for label in labels if ids else ():
        rows = database.execute(
            f"SELECT id, min(part) FROM claims_{label} SEMI JOIN asked USING (id) WHERE part >= 0 GROUP BY id"
        ).fetchall()
        found |= {record: (part, record) for record, part in rows}
    database.unregister("asked")
    return found
