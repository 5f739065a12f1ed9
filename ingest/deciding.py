"""Decisions taken: checked against the graph they are about, loaded with, and written down when that has succeeded."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from graph.errors import UsageError
from graph.store import GraphStore, Progress
from graph.texts import Text
from ingest.corrections import check
from ingest.dataset import Dataset
from ingest.decisions import Decision, Verdict, add_decisions, decision, only_if_done, withdraw
from ingest.mapping.mapping import Mapping as TableMapping
from ingest.periods import last_day, today
from ingest.pipeline import Checked, Settings, load
from ingest.provenance import Run, provenance_of, run_of


def correction(run: Run, thing: str, name: str, value: str, *, who: str, when: str, why: str) -> Decision:
    """That another value holds; empty for not known. Raises `NotFound`, and `UsageError` where the ontology does not allow it."""
    new = decision(
        Verdict.CORRECT, provenance_of(run, thing).id, property_=name, value=value, who=who, when=when, why=why
    )
    check(new)
    return new


def pair_of(run: Run, pair: str, tables: Sequence[str] = ("merges", "review")) -> tuple[str, str]:
    """The two records of a pair that was joined (`merges`) or waits for a person (`review`), by its id. Raises `UsageError`."""
    found = next((row for name in tables for row in run.table(name) if row["id"] == pair), None)
    if found is None:
        raise UsageError(Text("cli.merges.none", merge=repr(pair)))
    return str(found["left_id"]), str(found["right_id"])


def report(
    enterprise: str, center: str, period: str, name: str, figures: Mapping[str, object], *, who: str, when: str, why: str
) -> Decision:  # fmt: skip
    """What an enterprise did in a centre in a year or a quarter of it (`2025`, `2025Q1`), under a name; figures that are `None`
    are not known. Raises `UsageError` where the ontology does not allow it, the period is not over, or a part is larger than
    its whole.
    """
    year, _, quarter = period.partition("Q")
    if year.isdecimal() and last_day(int(year), int(quarter) if quarter else None) >= (day := today()):
        raise UsageError(Text("ingest.why", what=period, why=Text("ingest.not_over_on", day=day)))
    part, whole = figures.get("rnd_staff"), figures.get("staff")
    if isinstance(part, int | float) and isinstance(whole, int | float) and part > whole:
        raise UsageError(Text("ingest.part_over_whole", part=f"rnd_staff={part:g}", whole=f"staff={whole:g}"))
    said = {key: value for key, value in figures.items() if value is not None}
    value = json.dumps({"name_zh": name, **said}, ensure_ascii=False, sort_keys=True)
    new = decision(Verdict.REPORT, enterprise, center, property_=period, value=value, who=who, when=when, why=why)
    check(new)
    return new


def load_again(store: GraphStore, settings: Settings, progress: Progress | None = None) -> Checked:
    """Load again what a store's graph was loaded from, with the decisions as they are now."""
    manifest = _run(store, settings).manifest()
    datasets = manifest["datasets"]
    assert isinstance(datasets, list)
    found = [
        Dataset(Path(d["path"]), TableMapping.model_validate(d["mapping"]), n, d.get("name", ""))
        for n, d in enumerate(datasets)
    ]
    return load(found, store, replace(settings, with_probable=bool(manifest["with_probable"])), progress)


def _run(store: GraphStore, settings: Settings) -> Run:
    assert settings.home is not None
    return run_of(settings.home, store.run_id())


def decide(
    new: Sequence[Decision], store: GraphStore, settings: Settings, progress: Progress | None = None,
    loaded: Callable[[], None] = lambda: None,
) -> Checked:  # fmt: skip
    """Load again with new decisions, and write them down when that has succeeded and `loaded`, called then, too."""
    assert settings.decisions is not None
    with only_if_done(settings.decisions):
        add_decisions(settings.decisions, new)
        result = load_again(store, settings, progress)
        loaded()
    return result


def take_back(
    decision_id: str, store: GraphStore, settings: Settings, progress: Progress | None = None,
    loaded: Callable[[], None] = lambda: None, *, who: str, when: str, why: str,
) -> Checked:  # fmt: skip
    """Load again without a decision, and write down who took it back when that has succeeded. Raises `UsageError`."""
    assert settings.decisions is not None
    _run(store, settings)  # Where there is no graph, that is said before all else.
    with only_if_done(settings.decisions):
        withdraw(settings.decisions, decision_id, who=who, when=when, why=why)
        result = load_again(store, settings, progress)
        loaded()
    return result
