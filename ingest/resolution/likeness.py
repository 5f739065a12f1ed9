"""How two records of enterprises compare, and what that says: Fellegi and Sunter's model, as Splink 5 fits and scores it.

A pair is compared by name, place (down to the house), short name, listing day and codes. Each comparison adds log2(m / u) to the
weight, where m is how often two records of one company compare so, and u how often those of two companies do.

Levels are written once and use only functions that DuckDB and Spark both have (`levenshtein` counts characters in both,
since DuckDB 2).
"""

import logging
import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_level_library as levels
from splink.comparison_library import CustomComparison

from ingest.resolution.identity import DUCKDB
from ingest.resolution.spark import scores_on_spark

Parameters = Mapping[tuple[str, str], tuple[float, float]]
"""m and u by comparison and level."""

RAREST = {"stem": 0.002, "core": 0.1}
"""What a value that one company of a list has counts for, in companies: how probable another one with it is beside.

Good and Turing's estimate, twice the number of values that two companies have over that of those that one has: 0.1 for the
distinctive part in 5,418 listed companies; no two have one name, so one in 500 is allowed for it."""
_SMALLEST_POPULATION = 10_000
"""A list of fewer is scored as part of one so large: two records that meet by hand are not the only two companies."""
_OVERLAP = 0.5
"""The part of a list's companies that another is expected to have, where the data do not say."""
_SAME_NAME_AND_PROVINCE = 0.9
"""The part of all matches that have them; 0.97 of those of two lists of listed companies."""
_LEAST_RECORDS, _LEAST_PAIRS = 1_000, 500
"""Fewer say too little: the parameters then stand as they are."""
_RANDOM_PAIRS, _TRAINING_PAIRS = 1_000_000, 500_000
_SEED = 20_210_901
_LEAST_SEEN = 10
"""A level that fewer random pairs came to is too rare for its u to be known from them."""
_TRAINED_ON = (("name",), ("house", "province"), ("short",), ("listed_on", "province"))
"""Columns that records of one company mostly share; in pairs that share them, the comparisons of the others are fitted."""


@dataclass(frozen=True, slots=True)
class Level:
    """One way in which two values may compare: its SQL, and m and u where the data do not say.

    `frequency` names the column by whose rarity the weight is adjusted.
    """

    label: str
    sql: str
    m: float
    u: float
    frequency: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: its levels, best first, and the SQL of there being nothing to compare."""

    name: str
    unknown: str
    levels: tuple[Level, ...]
    is_fixed: bool = False


_CLOSE = (
    "(levenshtein(stem_l, stem_r) <= 1 OR (characters_l = characters_r AND levenshtein(stem_l, stem_r) <= 2)) "
    "AND length(stem_l) + length(stem_r) >= 7 AND core_l <> core_r AND ordinals_l = ordinals_r"
)
"""Not in a generic word, where 电子 and 电力 are two trades, nor in a numeral, where 一建 and 二建 are two companies."""
_ALIKE = "levenshtein(stem_l, stem_r) <= 2 OR substr(core_l, 1, 3) = substr(core_r, 1, 3)"
_NO_CODES = "(uscc_l IS NULL OR uscc_r IS NULL) AND (stock_code_l IS NULL OR stock_code_r IS NULL)"
_SAME_CODE = "uscc_l = uscc_r OR (stock_code_l = stock_code_r AND (uscc_l IS NULL OR uscc_r IS NULL))"

SAME_NAME = "ingest.alike.name"
FORMER_NAME = "ingest.alike.former_name"
OTHER_FORM = "ingest.alike.but_form"
ONE_CHARACTER = "ingest.alike.but_character"
NAMES_DIFFER = "ingest.alike.names_differ"
SAME_HOUSE, SAME_STREET = "ingest.alike.house", "ingest.alike.street"
OTHER_PREFECTURE = "ingest.alike.other_prefecture"
OTHER_PROVINCE = "ingest.alike.other_province"
SAME_SHORT_NAME, SAME_DAY = "ingest.alike.short_name", "ingest.alike.listed_on"
SAME_CODE, OTHER_CODE = "ingest.alike.code", "ingest.alike.other_code"

COMPARISONS = (
    Comparison("name", "name_l IS NULL OR name_r IS NULL", (
        Level(SAME_NAME, "name_l = name_r", 0.85, 1e-7, "stem"),
        Level(FORMER_NAME, "array_length(array_intersect(names_l, names_r)) >= 1", 0.03, 1e-7),
        Level(OTHER_FORM, "stem_l = stem_r", 0.03, 1e-6, "stem"),
        Level(ONE_CHARACTER, _CLOSE, 0.04, 1.1e-5),
        Level("ingest.alike.core", "core_l = core_r", 0.03, 3.3e-5, "core"),
        Level("ingest.alike.core_alike", _ALIKE, 0.01, 9e-4),
        Level(NAMES_DIFFER, "ELSE", 0.01, 0.999),
    )),
    Comparison("place", "province_l IS NULL OR province_r IS NULL", (
        Level(SAME_HOUSE, "house_l = house_r AND province_l = province_r", 0.45, 6e-5),
        Level(SAME_STREET, "road_l = road_r AND prefecture_l = prefecture_r", 0.1, 1.5e-4),
        Level("ingest.alike.district", "district_l = district_r", 0.25, 0.004),
        Level("ingest.alike.prefecture_only",
              "prefecture_l = prefecture_r AND (district_l IS NULL OR district_r IS NULL)", 0.1, 0.008),
        Level("ingest.alike.province_only",
              "province_l = province_r AND (prefecture_l IS NULL OR prefecture_r IS NULL)", 0.05, 0.01),
        Level("ingest.alike.other_district", "prefecture_l = prefecture_r", 0.03, 0.012),
        Level(OTHER_PREFECTURE, "province_l = province_r", 0.01, 0.06),
        Level(OTHER_PROVINCE, "ELSE", 0.01, 0.9),
    )),
    Comparison("short_name", "short_l IS NULL OR short_r IS NULL", (
        Level(SAME_SHORT_NAME, "short_l = short_r", 0.85, 1e-5),
        Level("ingest.alike.other_short_name", "ELSE", 0.15, 0.99999),
    )),
    Comparison("listed_on", "listed_on_l IS NULL OR listed_on_r IS NULL", (
        Level(SAME_DAY, "listed_on_l = listed_on_r", 0.95, 1e-3),
        Level("ingest.alike.other_listed_on", "ELSE", 0.05, 0.999),
    )),
    Comparison("codes", _NO_CODES, (
        Level(SAME_CODE, _SAME_CODE, 0.99, 1e-8),
        Level(OTHER_CODE, "ELSE", 0.01, 0.99999999),
    ), is_fixed=True),
)  # fmt: skip
"""m and u as they are by default: u of names and places counted in all pairs of 5,418 listed companies (2,870 of them with
addresses), m set by hand. The data replace them where there are enough, but for the codes'."""
UNKNOWN = "ingest.alike.unknown"


def settings(
    parameters: Parameters | None = None, prior: float | None = None, *, is_one_list: bool = False
) -> SettingsCreator:
    """The model, for any backend of Splink; `prior` is the probability that two records taken at random match. Records of one
    list are compared only where that is said.

    Levels that `parameters` does not name have their default m and u.
    """
    given = parameters or {}
    return SettingsCreator(
        link_type="dedupe_only" if is_one_list else "link_only",
        comparisons=[_comparison(comparison, given) for comparison in COMPARISONS],
        blocking_rules_to_generate_predictions=[block_on("keys", arrays_to_explode=["keys"])],
        probability_two_random_records_match=prior or _OVERLAP / _SMALLEST_POPULATION,
        # Which level a comparison came to is kept only together with what was compared.
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
        # Splink names a model at random otherwise, and its tables after it.
        linker_uid="corridor",
    )


def _comparison(comparison: Comparison, given: Parameters) -> CustomComparison:
    created: list[levels.CustomLevel | levels.ElseLevel] = [levels.CustomLevel(comparison.unknown, UNKNOWN, "duckdb")]
    created[0].configure(is_null_level=True)
    for level in comparison.levels:
        m, u = given.get((comparison.name, level.label), (level.m, level.u))
        one = levels.ElseLevel() if level.sql == "ELSE" else levels.CustomLevel(level.sql, level.label, "duckdb")
        one.configure(m_probability=m, u_probability=u, label_for_charts=level.label)
        if comparison.is_fixed:
            one.configure(fix_m_probability=True, fix_u_probability=True)
        if level.frequency:
            # With this level's own u as the base, the adjusted weight is log2(m / frequency).
            one.configure(tf_adjustment_column=level.frequency, tf_adjustment_weight=1.0)
            one.configure(disable_tf_exact_match_detection=True)
        created.append(one)
    return CustomComparison(list(created), output_column_name=comparison.name)


def frequencies(table: pa.Table) -> dict[str, pa.Table]:
    """How frequent each value is, by column: `tf_<column>` is the probability that another company has it too.

    `table` is that of `comparable`. A company that is on two lists is not two: the list in which a value is most frequent
    counts. The pair itself does not count, which is one record there; when that leaves none, the value counts as `RAREST`.
    """
    return {column: _frequency(table, column, rarest) for column, rarest in RAREST.items()}


def _frequency(table: pa.Table, column: str, rarest: float) -> pa.Table:
    named = table.select([column, "source_dataset"]).filter(pc.is_valid(table[column]))
    counted = named.group_by([column, "source_dataset"]).aggregate([([], "count_all")])
    most = counted.group_by(column).aggregate([("count_all", "max")])
    others = pc.add(pc.max_element_wise(pc.subtract(most["count_all_max"], 1), 0), rarest)
    return pa.table({column: most[column], f"tf_{column}": pc.divide(others, float(_population(table)))})


def _population(table: pa.Table) -> int:
    return max(_SMALLEST_POPULATION, *_sizes(table).values(), 0)


def _sizes(table: pa.Table) -> dict[str, int]:
    """Records by dataset."""
    counted = pc.value_counts(table["source_dataset"]).to_pylist()
    return {row["values"]: row["counts"] for row in counted}


def scores(table: pa.Table, *, least: float, connection: duckdb.DuckDBPyConnection, link_on: str = DUCKDB) -> pa.Table:
    """What Splink says of each pair that shares a key and matches with a probability of `least` or more; its columns.

    m and u are estimated first, where there are enough records and pairs for it (1,000 and 500): u by random sampling
    within the largest list, as two of its records are hardly ever one company, m by expectation maximisation. Estimates under which a better level would weigh less than a worse one
    are dropped for the defaults, comparison by comparison. That is done here whatever the size, on samples; `link_on` is where
    all pairs are scored: `duckdb`, `spark` (its configured master, this machine where there is none) or a master's URL.
    Raises `UsageError` where there is no Spark.
    """
    with _silent():
        model = settings(_estimated(table, connection), _prior(table, connection))
        if link_on != DUCKDB:
            return scores_on_spark(table, model, frequencies(table), least, link_on)
        linker = _linker(table, model, connection)
        predicted = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
        return connection.table(predicted.physical_name).to_arrow_table()


@contextmanager
def _silent() -> Iterator[None]:
    """Splink tells of its progress, and warns of what is done here on purpose, through the logger of its name."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _linker(table: pa.Table, model: SettingsCreator, connection: duckdb.DuckDBPyConnection) -> Linker:
    api = DuckDBAPI(connection)
    linker = Linker(api.register(table), model, log_level=None, validate_settings=False)
    for column, rows in frequencies(table).items():
        linker.table_management.register_term_frequency_lookup(api.register(rows), column)
    return linker


# --- estimation ------------------------------------------------------------------------------------------------------


def _prior(table: pa.Table, connection: duckdb.DuckDBPyConnection) -> float:
    """From the pairs with one name in one province; from `_OVERLAP` in lists so small that these say nothing."""
    largest = max(_sizes(table).values(), default=0)
    if largest < _LEAST_RECORDS:
        return _OVERLAP / _population(table)
    alike = max(1, _pairs(table, ("name", "province"), connection))
    return min(0.1, alike / _SAME_NAME_AND_PROVINCE / max(1, _pairs(table, (), connection)))


def _pairs(table: pa.Table, columns: tuple[str, ...], connection: duckdb.DuckDBPyConnection) -> int:
    """How many pairs agree in all of the columns; in none, how many there are."""
    connection.register("records_to_count", table)
    known = " AND ".join(f"{column} IS NOT NULL" for column in columns) or "true"
    by = "".join(f"{column}, " for column in columns)
    sql = (
        f"SELECT CAST(coalesce(sum(pairs), 0) AS BIGINT) FROM (SELECT {by}(sum(n) * (sum(n) - 1) - sum(n * (n - 1))) / 2 AS pairs "
        f"FROM (SELECT {by}source_dataset, count(*) AS n FROM records_to_count WHERE {known} GROUP BY ALL) GROUP BY ALL)"
    )
    # DuckDB 2 refuses other work on a connection until a result is read to its end.
    ((count,),) = connection.execute(sql).fetchall()
    return int(count)


def _estimated(table: pa.Table, connection: duckdb.DuckDBPyConnection) -> Parameters:
    sizes = _sizes(table)
    largest = max(sizes, key=lambda name: (sizes[name], name), default="")
    if sizes.get(largest, 0) < _LEAST_RECORDS:
        return {}
    sample = table.filter(pc.equal(table["source_dataset"], largest))
    by_chance = _by_chance(sample, connection)
    started = {key: (m, by_chance.get(key, u)) for key, (m, u) in _defaults().items()}
    fitted = _of_model(_after_training(table, settings(started), connection))
    parameters = {key: (fitted[key][0], u) for key, (_, u) in started.items()}
    return {key: value for c in COMPARISONS for key, value in _descending(c, parameters, by_chance.keys()).items()}


def _defaults() -> Parameters:
    return {(c.name, level.label): (_digits(level.m), _digits(level.u)) for c in COMPARISONS for level in c.levels}


def _by_chance(table: pa.Table, connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], float]:
    """u of the levels that enough of the random pairs came to; one that none came to has its default still."""
    linker = _linker(table, settings(is_one_list=True), connection)
    linker.training.estimate_u_using_random_sampling(_RANDOM_PAIRS, _SEED, min_count_per_level=None, num_chunks=1)
    least = _LEAST_SEEN / min(_RANDOM_PAIRS, len(table) * (len(table) - 1) / 2)
    default = _defaults()
    return {key: u for key, (_, u) in _of_model(linker).items() if u >= least and u != default[key][1]}


def _after_training(table: pa.Table, model: SettingsCreator, connection: duckdb.DuckDBPyConnection) -> Linker:
    linker = _linker(table, model, connection)
    for columns in _TRAINED_ON:
        pairs = _pairs(table, columns, connection)
        if pairs < _LEAST_PAIRS:
            continue
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*columns),
            estimate_without_term_frequencies=True,
            max_pairs=_TRAINING_PAIRS if pairs > _TRAINING_PAIRS else None,
        )
    return linker


def _of_model(linker: Linker) -> dict[tuple[str, str], tuple[float, float]]:
    """m and u of all levels, to six digits: the sums that they come from depend on the order of threads."""
    default = _defaults()
    found = dict(default)
    for comparison in linker.misc.save_model_to_json()["comparisons"]:
        for level in comparison["comparison_levels"]:
            key = comparison["output_column_name"], level["label_for_charts"]
            if key in default:
                m, u = level.get("m_probability"), level.get("u_probability")
                found[key] = _digits(m) if m else default[key][0], _digits(u) if u else default[key][1]
    return found


def _digits(number: float) -> float:
    return float(f"{number:.6g}")


def _descending(comparison: Comparison, parameters: Parameters, seen: Collection[tuple[str, str]]) -> Parameters:
    """The parameters of a comparison whose levels weigh the less the further down they stand; empty where they do not.

    A level that was not seen has its default, and weighs no more for it than the level above, which was.
    """
    found: dict[tuple[str, str], tuple[float, float]] = {}
    above = math.inf
    for key in ((comparison.name, level.label) for level in comparison.levels):
        m, u = parameters[key]
        if m / u > above:
            if key in seen:
                return {}
            u = m / above
        above = m / u
        found[key] = m, u
    return found
