"""The answers on the bundled dataset as they were last reviewed, so that a change of data or code shows what it moves.

To record them again: `pytest tests/queries/test_golden.py --record-golden`, then read the difference. An answer is
recorded only where the oracle says the same.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import Checked
from queries.answer import Answer
from queries.reader import Reader
from queries.registry import questions
from queries.saved import question_named
from tests import oracle
from tests.oracle import BUNDLED_DAY, facts_of
from tests.queries.test_agreement import by_oracle, plain

GOLDEN = Path(__file__).parent.parent / "golden"
_ROWS = 20

ASKED: Mapping[str, dict[str, Any]] = {
    "chains": {},
    "gaps": {"limit": _ROWS},
    "what_is_missing": {"limit": _ROWS},
    "data_quality": {},
    "concentration": {"by": "city", "limit": _ROWS},
    "key_technologies": {"limit": _ROWS},
    "next_products": {"city": "松江区", "limit": _ROWS},
    "sectors": {},
    "partners": {"subject": "product:photoresist", "limit": _ROWS},
    "candidates": {"product": "product:photoresist", "limit": _ROWS},
    "science_chain": {"chain": "chain:integrated-circuits", "limit": _ROWS},
    "cooperation": {"subject": "product:photoresist"},
    "fund": {},
    "trace": {"subjects": ["product:photoresist"], "limit": _ROWS},
    "cuts": {"product": "product:photoresist", "limit": _ROWS},
    "cascade": {"shocks": ["product:photoresist"], "epsilon": 1e-12, "limit": _ROWS},
    "scenarios": {"shocks": ["product:photoresist"], "or_shocks": ["enterprise:688981.SH"], "or_share": 0.5},
    "survival": {"scope": "product:e-axle", "fails": "city", "limit": _ROWS},
    "search": {"text": "光刻", "limit": _ROWS},
    "neighbourhood": {"node": "product:photoresist", "limit": _ROWS},
    "attribution": {"limit": _ROWS},
    "certification": {"limit": _ROWS, "draws": 100},
    "certificate": {"center": "center:jinhua-shanghai"},
    "tracking": {"limit": _ROWS},
    "lineage": {"limit": _ROWS},
    "routes": {"start": ["product:photoresist"], "target": ["product:bev-passenger-car"], "most_steps": 4},
}


_JUDGED = (
    "standing",
    "indicator",
    "outcome",
    "verdict",
    "fact",
    "group",
    "kind",
    "role",
    "direction",
    "state",
    "severity",
    "tier",
    "breaks_at",
    "side",
    "presence",
)


def summary(answer: Answer) -> dict[str, Any]:
    """The ids of the rows in their order, what is judged of each, and how much was looked at.

    Numbers and sentences are the oracle's and the catalogue's to hold: what stands here changes when an answer does.
    """
    said: dict[str, Any] = answer.model_dump(mode="json", include={"question", "parameters", "looked_at"})
    rows = [row.model_dump(mode="json") for row in answer.rows]  # type: ignore[attr-defined]
    return said | {"rows": [{k: v for k, v in row.items() if is_kept(k, v)} for row in rows]}


def text(answer: Answer) -> str:
    """The summary as it is recorded, a row a line."""
    said = summary(answer)
    rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in said.pop("rows"))
    return json.dumps(said, ensure_ascii=False)[:-1] + f', "rows": [\n{rows}\n]}}\n'


def is_kept(name: str, value: object) -> bool:
    """Whether a field of a row is an id or a verdict."""
    return value is not None and (name == "id" or name.endswith("_id") or name in _JUDGED)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_the_answer_is_the_one_that_was_reviewed(
    bundled_ladybug: Reader, bundled_checked: Checked, name: str, pytestconfig: pytest.Config
) -> None:
    answer = question_named(name).ask(bundled_ladybug, **ASKED[name])
    file = GOLDEN / f"{name}.json"
    if pytestconfig.getoption("--record-golden"):
        assert plain(answer) == by_oracle(facts_of(bundled_checked.batches, BUNDLED_DAY), (name, ASKED[name]))
        file.write_text(text(answer), encoding="utf-8")
    assert summary(answer) == json.loads(file.read_text(encoding="utf-8")), "see the docstring of this file"


def test_every_question_has_an_oracle_and_a_golden() -> None:
    names = {question.name for question in questions()}
    assert set(ASKED) == names == {name for name in names if hasattr(oracle, name)}
    assert {path.stem for path in GOLDEN.glob("*.json")} == names
