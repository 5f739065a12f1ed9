"""Whether the facts of data sets are true as far as that can be told from the tables: what is wrong, and what is doubtful.

The tables are read and checked as a load reads and checks them (`ingest.pipeline.claims_that_stand`); no graph is built.
What a load would quarantine is an error; of the rows that stand each check below asks one thing, as a statement.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import duckdb
import pyarrow as pa
from babel.core import Locale, get_global

from graph.derivations import IDLE
from graph.ontology import EDGE_TYPE, EDGE_TYPES, KIND, NODE_TYPES, Kind, ValueType
from graph.store import Progress
from graph.texts import Text
from ingest.claims import claims_schema, id_columns
from ingest.dataset import Dataset
from ingest.mapping.mapping import settable
from ingest.names import normalised_names
from ingest.pipeline import claims_that_stand
from ingest.resolution.references import NO_NODE
from ingest.resolution.sql import make_table
from ingest.resolution.standing import IN_A_CIRCLE, NO_SOURCE

OVER_ONE = 0.02
"""By how much shares may sum to more than 1: each of them is rounded."""

OLD_YEARS = 3
"""After so many years a fact is to be looked up again."""

_MOST_SPILLED = "8GiB"
"""A statement that needs more joins too much: it shall fail before it fills the disk."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong (`is_error`) or doubtful in a row of a table.

    `what` is the label or type of edge, `thing` its id, empty where the row became nothing; `count` is how many rows it
    stands for, this being the first. `row` is 0 where the whole table is meant.
    """

    kind: str
    is_error: bool
    file: str
    row: int
    what: str
    thing: str
    field: str
    value: str
    count: int
    reason: Text

    @property
    def todo(self) -> Text:
        """What to do about it."""
        return self.reason.todo


@dataclass(frozen=True, slots=True)
class CheckedData:
    """What was found, errors first, by kind, file and row; `looked_at` is how many rows were to become a node or an edge."""

    looked_at: int
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """Rows with something wrong, each as often as something is."""
        return sum(one.count for one in self.findings if one.is_error)

    @property
    def doubts(self) -> int:
        """Rows with something doubtful, likewise."""
        return sum(one.count for one in self.findings if not one.is_error)


def check(datasets: Sequence[Dataset], day: date | None = None, progress: Progress | None = None) -> CheckedData:
    """What is wrong or doubtful in data sets on a day, today by default.

    Raises `SourceUnreadable` or `MappingError` where a file cannot be used at all.
    """
    on = (day or date.today()).isoformat()
    with claims_that_stand(datasets, progress) as claims:
        database = claims.database
        database.execute(f"SET max_temp_directory_size = '{_MOST_SPILLED}'")
        database.execute("SET VARIABLE day = ?::DATE", [on])
        rows = _said(database, claims.kinds)
        found = list(_refused(pa.concat_tables([claims.problems, claims.values])))
        for is_error, checks in ((True, _ERRORS), (False, _DOUBTS)):
            for kind, statement in checks.items():
                found += _found(database, kind, statement, is_error)
        found += [_unread(name) for dataset in datasets for name in dataset.unread]
        return CheckedData(rows + claims.problems.num_rows, tuple(found))


def _unread(table: Text | str) -> Finding:
    """A table that no mapping says the meaning of: nothing in it is checked."""
    file = str(table.values["sheet"]) if isinstance(table, Text) else table
    return Finding("table_unread", False, file, 0, "", "", "", "", 1, Text("check.table_unread"))


def _found(database: duckdb.DuckDBPyConnection, kind: str, statement: str, is_error: bool) -> Iterator[Finding]:
    reason = Text(f"check.{kind}")
    for file, row, what, thing, field, value, count in database.execute(
        f"SELECT * FROM ({statement}) ORDER BY file, row, id, value"
    ).fetchall():
        yield Finding(kind, is_error, file, row, what, thing, field, str(value), count, reason)


# --- what a load would quarantine ------------------------------------------------------------------------------------

_REFUSED = {NO_SOURCE: "source_unknown", NO_NODE: "node_unknown", IN_A_CIRCLE: "circle"}


def _refused(problems: pa.Table) -> Iterator[Finding]:
    found = [(_REFUSED.get(row["reason"], "quarantined"), row) for row in problems.to_pylist()]
    for kind in (*_REFUSED.values(), "quarantined"):
        for row in (row for one, row in found if one == kind):
            said = Text.unpacked(row["reason"]) if kind == "quarantined" else Text(f"check.{kind}")
            yield Finding(kind, True, row["file"], row["row"], row["what"] or "", "", row["field"] or "",
                          row["value"] or "", 1, said)  # fmt: skip


# --- the tables that the checks read ---------------------------------------------------------------------------------


_COLUMNS = "file, row, part, n, dataset, id, as_of"


def _said(database: duckdb.DuckDBPyConnection, kinds: Sequence[Kind]) -> int:
    """Make the tables that the checks read, and count the claims that stand.

    `said_TYPE` has the claims that stand, of each type that is there or that a check asks about, with the `id` of what they
    speak of; `nodes` and `edges` those of all types; `tied` the ends of all edges and `used` all sources named, also by claims that do not stand:
    of one slip only one thing is to be told.
    """
    made = [kind for kind in KIND.values() if kind in kinds or kind.name in _asked_about()]
    for kind in made:
        name, ids = kind.name, id_columns(kind)
        if kind in kinds:
            own = "s.id" if kind in NODE_TYPES else "s.id, s.from_id, s.to_id"
            database.execute(
                f"CREATE TABLE said_{name} AS SELECT c.* EXCLUDE ({', '.join(ids)}), {own} "
                f"FROM standing_{name} s JOIN claims_{name} c USING (part, n)"
            )
        else:
            more = [("part", pa.int64()), ("dataset", pa.int64()), ("n", pa.int64())]
            more += [("id", pa.string())] if kind in EDGE_TYPES else []
            schema = pa.schema([*claims_schema(kind), *(pa.field(*one) for one in more)])
            database.register(f"said_{name}", schema.empty_table())
    of_ties = f"{_COLUMNS}, from_id, to_id, source_ids, status, valid_from, valid_to"
    for name, kinds_of, columns in (("nodes", NODE_TYPES, _COLUMNS), ("edges", EDGE_TYPES, of_ties)):
        found = [f"SELECT '{t.name}' AS what, {columns} FROM said_{t.name}" for t in kinds_of if t in made]
        _union(database, name, found)
    names = [kind.name for kind in kinds]
    ends = [f"SELECT '{one}' AS what, from_id, to_id FROM claims_{one} WHERE from_id || to_id IS NOT NULL"
            for one in names if one in EDGE_TYPE]  # fmt: skip
    _union(database, "tied", [*ends, "SELECT what, from_id, to_id FROM edges"])
    sources = [f"SELECT unnest(source_ids) AS id FROM claims_{one}" for one in names if one != "Source"]
    _union(database, "used", [*sources, "SELECT unnest(source_ids) FROM edges"])
    make_table(database, "countries", pa.table({"code": sorted(_countries())}))
    _name(database, [kind.name for kind in made if kind.name in _NAMED])
    return sum(int(database.execute(f"SELECT count(*) FROM said_{one}").fetchall()[0][0]) for one in names)


@cache
def _asked_about() -> frozenset[str]:
    """The types that some check names."""
    return frozenset(re.findall(r"\bsaid_(\w+)", " ".join((*_ERRORS.values(), *_DOUBTS.values()))))


def _union(database: duckdb.DuckDBPyConnection, name: str, selects: Sequence[str]) -> None:
    database.execute(f"CREATE TABLE {name} AS {' UNION ALL '.join(selects)}")


@cache
def _countries() -> frozenset[str]:
    """The codes of three letters of ISO 3166-1, as CLDR has them beside those of two; former and private ones apart."""
    names = Locale("en").territories
    former = {"BUR", "DDR", "FXX", "TMP", "YMD", "ZAR"}
    private = {"QUU", "XAA", "XBB", "XKK", "ZZZ"}
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    known = {code for code, now in aliases.items() if len(code) == 3 and code.isalpha() and len(now) == 1
             and len(now[0]) == 2 and now[0] in names}  # fmt: skip
    return frozenset(known - former - private)


# --- the checks ------------------------------------------------------------------------------------------------------

_ONCE = "QUALIFY row_number() OVER (PARTITION BY id ORDER BY part, n) = 1"
"""Of the claims on a node the first."""

_DEEP = r"^https?://[^/?#\s]+(/[^?#]|/?[?#].)"
"""An address that says more than whose site it is."""


def _rows(what: str, field: str, condition: str, value: str = "''", table: str = "", *, is_name: bool = True) -> str:
    """The claims on a type, or the rows of a table, of which a condition holds; `field` is the name of one, or a statement that says it."""
    source, of = (table, "what") if table else (f"said_{what}", f"'{what}' AS what")
    said = f"'{field}'" if is_name else field
    return f"SELECT file, row, {of}, id, {said} AS field, {value} AS value, 1 AS count FROM {source} WHERE {condition}"


def _alone(what: str, edge: str, end: str) -> str:
    """Nodes that are no such end of any edge of a type."""
    return _rows(what, edge, f"id NOT IN (SELECT {end} FROM tied WHERE what = '{edge}') {_ONCE}")


def _of_foreign(field: str, value: str, condition: str, *, is_name: bool = True) -> str:
    labels = [t.label for t in NODE_TYPES if any(p.name == "foreign_basis" for p in t.properties)]
    return " UNION ALL ".join(_rows(label, field, condition, value, is_name=is_name) for label in labels)


def _sum(parts: str, total: str) -> str:
    """A sum, and the rows of its largest parts."""
    return f"""printf('%.4g', {total}) || ' = ' || list_aggregate(list_transform({parts}[:6],
        lambda p: printf('%.4g (%s:%d)', p.share, p.place.file, p.place.row)), 'string_agg', ' + ')
        || CASE WHEN len({parts}) > 6 THEN ' + …' ELSE '' END"""


def _missing(*names: str) -> str:
    told = ", ".join(f"CASE WHEN {name} IS NULL THEN '{name}' END" for name in names)
    return f"concat_ws('|', {told})"


_FOREIGN, _UNSAID = (
    "coalesce(foreign_share, foreign_share_min, foreign_share_max)",
    _missing("foreign_basis", "foreign_year"),
)
_SHARE_UNSAID = _missing("share_market", "share_basis", "share_year")
_YEARS = [(kind.name, p.name) for kind in KIND.values() for p in settable(kind)
          if p.type is ValueType.INTEGER and p.name.endswith("_year")]  # fmt: skip

_MAKES_OVER_ONE = f"""
        WITH shares AS (
            SELECT to_id, share_market, share_basis, share_year, from_id, max(share) AS share,
                arg_max({{'file': file, 'row': row}}, (share, -part, -n)) AS place
            FROM said_MAKES WHERE share IS NOT NULL AND share_market IS NOT NULL AND share_basis IS NOT NULL
            AND share_year IS NOT NULL GROUP BY ALL),
        inside AS (SELECT o.to_id AS from_id, s.* EXCLUDE (from_id, share, place)
            FROM said_OPERATES o JOIN shares s ON s.from_id = o.from_id),
        summed AS (
            SELECT to_id, share_market, share_basis, share_year, sum(share) AS total,
                list({{'share': share, 'from_id': from_id, 'place': place}} ORDER BY share DESC, from_id) AS parts
            FROM shares ANTI JOIN inside USING (from_id, to_id, share_market, share_basis, share_year) GROUP BY ALL)
        SELECT parts[1].place.file AS file, parts[1].place.row AS row, 'MAKES' AS what, to_id AS id, 'share' AS field,
            concat_ws(' ', share_market, share_basis, share_year) || ': ' || {_sum("parts", "total")} AS value, 1 AS count
        FROM summed WHERE total > 1 + {OVER_ONE} + 1e-9"""
"""Shares of a product that sum to more than all of it, in one market, basis and year.

A plant's share is part of its operator's where that has one. Shares of an unknown market, basis or year are of nothing
that they could be summed in."""

_OWNS_OVER_ONE = f"""
        WITH shares AS (
            SELECT to_id, from_id, max(share) AS share, arg_max({{'file': file, 'row': row}}, (share, -part, -n)) AS place
            FROM said_OWNS WHERE share IS NOT NULL AND coalesce(valid_from <= getvariable('day'), true)
            AND coalesce(valid_to >= getvariable('day'), true) GROUP BY ALL),
        summed AS (
            SELECT to_id, sum(share) AS total,
                list({{'share': share, 'from_id': from_id, 'place': place}} ORDER BY share DESC, from_id) AS parts
            FROM shares GROUP BY ALL)
        SELECT parts[1].place.file AS file, parts[1].place.row AS row, 'OWNS' AS what, to_id AS id, 'share' AS field,
            {_sum("parts", "total")} AS value, 1 AS count
        FROM summed WHERE total > 1 + {OVER_ONE} + 1e-9"""
"""Shares into one enterprise, of those in force, that sum to more than all of it."""

_PLANT_MAKES_ALONE = f"""
        SELECT m.file, m.row, 'MAKES' AS what, m.id, 'from_id' AS field, string_agg(DISTINCT o.from_id, '|' ORDER BY o.from_id) AS value, 1 AS count
        FROM said_MAKES m JOIN said_OPERATES o ON o.to_id = m.from_id
        LEFT JOIN said_MAKES own ON own.from_id = o.from_id AND own.to_id = m.to_id
        WHERE m.from_id NOT IN (SELECT id FROM said_Plant WHERE progress IN {IDLE})
        GROUP BY m.file, m.row, m.id HAVING count(own.from_id) = 0"""
"""Products that a plant makes and nobody who operates it is on record as making: what asks for makers passes them by."""

_DOCUMENTED_BY_LIST = """
        WITH named AS (SELECT part, n, unnest(source_ids) AS source FROM edges WHERE status = 'documented'),
        lists AS (SELECT id AS source, bool_and(kind IN ('maintainers', 'dataset')) AS is_list FROM said_Source GROUP BY id),
        weak AS (SELECT part, n, string_agg(source, '|' ORDER BY source) AS sources FROM named JOIN lists USING (source)
            GROUP BY part, n HAVING bool_and(is_list))
        SELECT file, row, what, id, 'status' AS field, sources AS value, 1 AS count FROM edges JOIN weak USING (part, n)"""
"""Documented edges whose only sources are lists of somebody or the maintainers' word."""

_INPUT_BOTH_WAYS = """
        SELECT a.file, a.row, 'INPUT_OF' AS what, a.id, 'to_id' AS field, min(b.file || ':' || b.row) AS value, 1 AS count
        FROM said_INPUT_OF a JOIN said_INPUT_OF b ON a.from_id = b.to_id AND a.to_id = b.from_id
        WHERE a.from_id < a.to_id GROUP BY a.file, a.row, a.id"""
"""Two products of which each goes into the other, directly."""

_FACT_OLD = f"""
        WITH newest AS (
            SELECT what, id, max(as_of) AS as_of, arg_max({{'file': file, 'row': row}}, (as_of, -part, -n)) AS place
            FROM (SELECT * FROM nodes WHERE what <> 'Source' UNION ALL BY NAME SELECT * FROM edges)
            WHERE dataset >= 0 AND coalesce(valid_to >= getvariable('day'), true) GROUP BY what, id
            HAVING max(as_of) < getvariable('day') - INTERVAL {OLD_YEARS} YEAR),
        oldest AS (
            SELECT place.file AS file, what, count(*) AS count,
                arg_min({{'row': place.row, 'id': id, 'as_of': as_of}}, (as_of, place.row)) AS one
            FROM newest GROUP BY ALL)
        SELECT file, one.row AS row, what, one.id AS id, 'as_of' AS field, one.as_of::VARCHAR AS value, count FROM oldest"""
"""Facts, still in force, that no table has said for years, counted per table and type with the oldest."""

# --- names -----------------------------------------------------------------------------------------------------------

_NAMED = tuple(kind.label for kind in NODE_TYPES if kind.label not in ("Place", "Sector", "Source"))
"""Types of which one name tells one thing, or nearly; places, classes and documents share names."""

_LEGAL_FORM = r"(?:股份有限公司|有限公司|有限合伙|普通合伙|公司)$"
_TELLING = "[0-9a-z一二三四五六七八九十甲乙丙丁东南西北中新老无非前后上下正负内外]"
"""Characters that make another thing of a name when one comes or goes: 取向硅钢, 无取向硅钢."""

_LEAST_ALIKE = 0.9


def _name(database: duckdb.DuckDBPyConnection, labels: Sequence[str]) -> None:
    """Make `named`: every name of each node of some types in its normal form; `form` says which of its names it is."""
    names = (
        "[{'form': 'zh', 'name': name_zh}, {'form': 'en', 'name': name_en}] "
        "|| list_transform(coalesce(aliases, []), lambda name: {'form': 'alias', 'name': name})"
    )
    codes = {label: ("uscc, stock_code" if label == "Enterprise" else "NULL AS uscc, NULL AS stock_code")
             for label in labels}  # fmt: skip
    database.execute(
        "CREATE TABLE spelt AS "
        + " UNION ALL ".join(
            f"SELECT '{label}' AS label, id, file, row, {codes[label]}, unnest({names}, recursive := true) "
            f"FROM (SELECT * FROM said_{label} {_ONCE})"
            for label in labels
        )
    )
    spelt = database.sql("SELECT * FROM spelt WHERE name IS NOT NULL").to_arrow_table()
    make_table(database, "named", spelt.append_column("norm", normalised_names(spelt["name"])))


_NAME_REPEATED = """
        WITH shared AS (
            SELECT label, norm, arg_min({'id': id, 'name': name, 'file': file, 'row': row}, (form = 'alias', id)) AS first
            FROM named WHERE norm IS NOT NULL GROUP BY label, norm
            HAVING count(DISTINCT id) > 1 AND bool_or(form <> 'alias'))
        SELECT n.file, n.row, n.label AS what, n.id, 'name' AS field,
            min(n.name || ' = ' || first.name || ' (' || first.id || ', ' || first.file || ':' || first.row || ')') AS value,
            1 AS count
        FROM named n JOIN shared USING (label, norm) WHERE n.id <> first.id GROUP BY ALL"""
"""Nodes of a type that have one name, of one of them at least its own and no alias; each with the first of them."""

_NAME_ALIKE = f"""
        WITH zh AS (SELECT * FROM named WHERE form = 'zh' AND length(norm) >= 4),
        less AS (SELECT label, id, unnest(list_transform(range(1, length(norm) + 1),
            lambda i: norm[:i - 1] || norm[i + 1:])) AS key FROM zh),
        keyed AS (SELECT label, id, 'order' AS kind, list_aggregate(list_sort(string_split(norm, '')), 'string_agg', '') AS key
            FROM zh UNION ALL SELECT label, id, 'form', regexp_replace(norm, '{_LEGAL_FORM}', '') FROM zh),
        first AS (SELECT label, kind, key, min(id) AS first FROM keyed GROUP BY ALL HAVING count(DISTINCT id) > 1),
        met AS (
            SELECT l.label, l.id, s.id AS other FROM less l JOIN zh s ON l.label = s.label AND l.key = s.norm
            UNION SELECT label, id, first FROM keyed JOIN first USING (label, kind, key)),
        pairs AS MATERIALIZED (
            SELECT a, b FROM met JOIN zh a ON a.id = met.id JOIN zh b ON b.id = met.other WHERE a.id <> b.id)
        SELECT a.file AS file, a.row AS row, a.label AS what, a.id AS id, 'name_zh' AS field,
            min(a.name || ' ≈ ' || b.name || ' (' || b.id || ', ' || b.file || ':' || b.row || ')') AS value, 1 AS count
        FROM pairs WHERE a.norm <> b.norm AND jaro_winkler_similarity(a.norm, b.norm) >= {_LEAST_ALIKE}
            AND regexp_extract_all(a.norm, '{_TELLING}') = regexp_extract_all(b.norm, '{_TELLING}')
            AND coalesce(a.uscc = b.uscc, true) AND coalesce(a.stock_code = b.stock_code, true)
        GROUP BY ALL"""
"""Nodes of a type whose Chinese names differ by a character more, by the order of characters, or by the legal form.

One character in place of another tells things apart (柴油发动机, 汽油发动机), and so do codes that differ. Names meet
under keys, each with the first of its key, and only these pairs are compared: what they must have in common besides is
asked of finished pairs, else the planner joins all names by it."""

_ERRORS: Mapping[str, str] = {
    # The name of a site is that of no document.
    "source_without_address": _rows(
        "Source", "url", f"NOT coalesce(regexp_matches(url, '{_DEEP}'), false) "
        "AND (publisher IS NULL OR as_of IS NULL OR kind = 'company_site')", "coalesce(url, '')"),
    "makes_over_one": _MAKES_OVER_ONE,
    "owns_over_one": _OWNS_OVER_ONE,
    "foreign_range": _of_foreign(
        "foreign_share_min", "printf('%.4g > %.4g', foreign_share_min, foreign_share_max)",
        "foreign_share_min > foreign_share_max"),
    "foreign_unsaid": _of_foreign(
        _UNSAID, f"printf('%.4g', {_FOREIGN})", f"{_FOREIGN} IS NOT NULL AND {_UNSAID} <> ''", is_name=False),
    "plant_nowhere": _alone("Plant", "LOCATED_IN", "from_id"),
    "plant_unoperated": _alone("Plant", "OPERATES", "to_id"),
    "ended_before_begun": _rows("", "valid_to", "valid_from > valid_to", "valid_from || ' > ' || valid_to", "edges"),
    "dated_in_future": _rows("", "as_of", "as_of > getvariable('day')", "as_of::VARCHAR",
                             "(SELECT * FROM nodes UNION ALL BY NAME SELECT * FROM edges)"),
    "year_in_future": " UNION ALL ".join(
        _rows(what, year, f"{year} > year(getvariable('day'))", f"{year}::VARCHAR") for what, year in _YEARS),
    "documented_by_list": _DOCUMENTED_BY_LIST,
    "country_unknown": _rows(
        "Enterprise", "control_country", "control_country NOT IN (SELECT code FROM countries)", "control_country"),
    "input_both_ways": _INPUT_BOTH_WAYS,
    "product_of_no_chain": _rows(
        "Product", "PART_OF",
        f"EXISTS (FROM said_Chain) AND id NOT IN (SELECT from_id FROM tied WHERE what = 'PART_OF') {_ONCE}"),
}  # fmt: skip
_DOUBTS: Mapping[str, str] = {
    "source_unused": _rows("Source", "id", f"id NOT IN (SELECT id FROM used) {_ONCE}"),
    "share_unsaid": _rows("MAKES", _SHARE_UNSAID, "share IS NOT NULL AND field <> ''", "printf('%.4g', share)", is_name=False),
    # They make nothing, have no edge but their place, and nobody says what business they are in.
    "enterprise_of_no_use": _rows(
        "Enterprise", "MAKES",
        f"coalesce(business_zh, business_en) IS NULL AND id NOT IN "
        f"(SELECT unnest([from_id, to_id]) FROM tied WHERE what <> 'LOCATED_IN') {_ONCE}", "name_zh"),
    "plant_makes_alone": _PLANT_MAKES_ALONE,
    # Ended by the day of the document, with their size: it tells of a period that was measured, and what goes on counts as ended.
    "sale_of_a_period": _rows(
        "SUPPLIES", "valid_to", "coalesce(amount_10k_cny, share) IS NOT NULL AND valid_to <= as_of "
        "AND valid_to <= valid_from + INTERVAL 1 YEAR", "valid_from || ' – ' || valid_to"),
    "name_repeated": _NAME_REPEATED,
    "name_alike": _NAME_ALIKE,
    "fact_old": _FACT_OLD,
}  # fmt: skip
"""What each check selects, under the name of its texts: file, row, what, id, field, value, count."""
