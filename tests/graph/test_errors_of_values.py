"""What pydantic finds wrong is said in the reader's language alone, of every kind that it has."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import core_schema

from graph.errors import wrong
from graph.texts import Language

KINDS = get_args(core_schema.ErrorType)
_NAMES = (
    "gt", "ge", "lt", "le", "pattern", "max_length", "min_length", "multiple_of", "expected_tags", "error", "class", "field_type",
    "actual_length",
)  # fmt: skip
"""What pydantic says beside its errors."""


class _Kind(StrEnum):
    FIRM = "firm"
    TEAM = "team"


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: _Kind = _Kind.FIRM
    verdict: Literal["same", "different", "unsure"] = "same"
    text: Annotated[str, Field(min_length=2, max_length=3, pattern="^[0-9]*$")] = "12"
    amount: Annotated[float, Field(strict=True, ge=0, lt=9)] = 1.0
    count: Annotated[int | None, Field(gt=0, le=9)] = 1
    is_so: bool = True
    many: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    at: dict[str, tuple[float, float]] = {}
    within: "_Asked | None" = None


BAD: list[Any] = [
    None, "", "abcd", "x", True, -1, 99, 1.5, "1e400", float("nan"), float("inf"), 10**400, [], ["a", "b", "c"], [1], {}, {"a": 1},
    {"a": [1]}, {"a": ["x", 1]}, {"kind": 1}, "\ud800", b"\xff",
]  # fmt: skip


def english(said: str) -> list[str]:
    """The runs of English in a Chinese sentence: words that are neither quoted, nor names, nor JSON."""
    return re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]+)+", re.sub(r"'[^']*'|JSON|Unicode", "", said))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_pydantic_has_is_said_in_chinese_alone(kind: str) -> None:
    context: dict[str, Any] = {**dict.fromkeys(_NAMES, 1), "expected": "'firm' or 'team'"}
    found = wrong({"type": kind, "loc": ("field",), "msg": "Input should be valid", "input": 1, "ctx": context})
    assert english(found.in_(Language.ZH)) == [] and "Input" not in found.in_(Language.EN)


@pytest.mark.parametrize("name", _Asked.model_fields)
@pytest.mark.parametrize("value", BAD, ids=repr)
def test_what_models_refuse_is_said_in_one_language(name: str, value: Any) -> None:
    try:
        _Asked.model_validate({name: value})
    except ValidationError as error:
        for found in error.errors(include_url=False):
            said = wrong(found, name)
            assert english(said.in_(Language.ZH)) == [], said.in_(Language.ZH)
            assert "errors.wrong.other" not in repr(said.values["why"])
            assert said.in_(Language.EN)


def test_a_choice_is_listed_as_the_language_lists() -> None:
    with pytest.raises(ValidationError) as error:
        _Asked.model_validate({"verdict": "x"})
    [found] = error.value.errors()
    assert wrong(found).in_(Language.ZH) == "verdict：须为 'same'、'different'、'unsure' 之一。"
    assert wrong(found).in_(Language.EN) == "verdict: it has to be one of 'same', 'different' or 'unsure'."
