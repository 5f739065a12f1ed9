"""Pairs of records scored on Spark, for lists beyond one machine; the extra `[spark]` brings PySpark."""

from collections.abc import Mapping

import pyarrow as pa
from splink import Linker, SettingsCreator

from graph.errors import UsageError
from graph.texts import Text


def scores_on_spark(
    table: pa.Table, model: SettingsCreator, frequencies: Mapping[str, pa.Table], least: float, master: str
) -> pa.Table:
    """Of a table of `comparable`, what Splink says of each pair that matches with a probability of `least` or more.

    `master` is the URL of one, or `spark` for the one that is configured. Raises `UsageError` where PySpark is not installed
    or no session can be made.
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
        from splink import SparkAPI
    except ImportError as error:
        raise UsageError(Text("ingest.no_spark", error=error)) from error
    # All else is Spark's own configuration, which the builder would overrule.
    builder = SparkSession.builder.appName("corridor").config("spark.log.level", "ERROR")
    try:
        session = (builder if master == "spark" else builder.master(master)).getOrCreate()
    except (PySparkException, Py4JError) as error:
        raise UsageError(
            Text("ingest.spark_unavailable", master=master, error=str(error).partition("\n")[0])
        ) from error
    try:
        api = SparkAPI(  # type: ignore[no-untyped-call]
            spark_session=session, break_lineage_method="persist", register_udfs_automatically=False
        )
        linker = Linker(api.register(session.createDataFrame(table)), model, log_level=None, validate_settings=False)
        for column, rows in frequencies.items():
            linker.table_management.register_term_frequency_lookup(api.register(session.createDataFrame(rows)), column)
        predicted = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
        found: pa.Table = session.table(predicted.physical_name).toArrow()
        return found
    finally:
        session.stop()
