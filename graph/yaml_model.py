"""A YAML file that a person writes, as a pydantic model: what is wrong with it is said with file and line."""

from collections.abc import Sequence
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar
from unicodedata import category

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from graph.durable import ordinary
from graph.errors import CorridorError, wrong
from graph.texts import Text

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
_MAX_BYTES = 1 << 20
_MAX_DEPTH = 20
_OPENS = (
    yaml.BlockMappingStartToken
    | yaml.BlockSequenceStartToken
    | yaml.FlowMappingStartToken
    | yaml.FlowSequenceStartToken
)
_CLOSES = yaml.BlockEndToken | yaml.FlowMappingEndToken | yaml.FlowSequenceEndToken


def read_yaml(
    path: Path, model: type[M], refused: type[CorridorError], help_with: str, most_bytes: int = _MAX_BYTES
) -> M:
    """The model of a YAML file. Raises `refused`, with file and line, where it is not one.

    `help_with` is what lists the keys there are.
    """
    try:
        text = _ordinary(path, most_bytes).decode("utf-8-sig")
    except OSError as error:
        raise refused(Text("errors.cannot_read", path=path, why=error)) from error
    except UnicodeDecodeError as error:
        raise refused(Text("errors.no_utf8", path=path)) from error
    adapter: TypeAdapter[M] = _adapter(model)
    return model_of(text, str(path), adapter, refused, help_with)


@cache
def _adapter(model: type[M]) -> TypeAdapter[M]:
    """How a model is read, which takes a fifth of a second to find out."""
    return TypeAdapter(model)


def model_of(
    text: str, path: str, model: TypeAdapter[T], refused: type[CorridorError], help_with: str, empty: object = None
) -> T:
    """What a YAML text says, as a model; `path` is what errors call it, `empty` what is meant where it says nothing.

    Raises `refused` as `read_yaml` does.
    """
    try:
        _check_plain(text)
        loader = _PlainLoader(text)
        root = loader.get_single_node()
        if root is None and empty is None:
            raise refused(Text("errors.empty_file", path=path))
        content = loader.construct_document(root) if root else empty
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise refused(Text("errors.no_yaml", where=f"{path}:{line}", error=error.problem)) from error
    except yaml.YAMLError as error:
        raise refused(Text("errors.no_yaml", where=path, error=error)) from error
    try:
        return model.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = f"{path}:{_line(root, first['loc'])}"
        raise refused(Text("errors.wrong", where=where, why=_said(first, help_with))) from error


def _ordinary(path: Path, most_bytes: int) -> bytes:
    """The bytes of an ordinary file."""
    with ordinary(path) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        most = f"{most_bytes >> 10} KiB" if most_bytes < _MAX_BYTES else f"{most_bytes >> 20} MiB"
        raise OSError(0, Text("yaml.too_large", most=most))
    return content


def _check_plain(text: str) -> None:
    """Raise for anchors, which can explode, for tags, and for lists in lists without end."""
    depth = 0
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        depth += isinstance(token, _OPENS) - isinstance(token, _CLOSES)
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
            raise _wrong("anchor", token.start_mark)
        if depth > _MAX_DEPTH:
            raise _wrong("deep", token.start_mark)


class _PlainLoader(yaml.CSafeLoader):
    """Reads texts, numbers, lists and mappings; what none of them can be is said with its line."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """The value of a node, of which nothing is lost and no page or terminal can take harm."""
        if isinstance(node, yaml.MappingNode):
            self._check_keys(node)
        try:
            value = super().construct_object(node, deep)
        except (ArithmeticError, ValueError) as error:
            raise _wrong("value", node.start_mark, value=repr(node.value[:40]), problem=error) from error
        if isinstance(value, float) and not isfinite(value):
            raise _wrong("number", node.start_mark, value=repr(node.value[:40]))
        if isinstance(value, str) and any(category(c) in {"Cc", "Cs"} and c not in "\t\n\r" for c in value):
            raise _wrong("control", node.start_mark)
        return value

    def _check_keys(self, node: yaml.MappingNode) -> None:
        """Raise for a key that is no text, and for one that stands twice, which YAML readers drop in silence."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _wrong("no_text_key", key.start_mark)
            if key.value in seen:
                raise _wrong("twice", key.start_mark, value=repr(key.value[:40]))
            seen.add(key.value)


def _wrong(text: str, mark: yaml.Mark, **values: object) -> yaml.MarkedYAMLError:
    said: Any = Text(f"yaml.{text}", **values)  # Said in the reader's language when it is shown.
    return yaml.MarkedYAMLError(problem=said, problem_mark=mark)


def _line(node: yaml.Node | None, location: Sequence[int | str]) -> int:
    """The line where a part of the file stands, or the nearest part around it that is there."""
    line = 1
    for step in location:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == step]
            if not found:
                continue
            line = found[0][0].start_mark.line + 1
            node = found[0][1]
            continue
        if node is not None:
            line = node.start_mark.line + 1
    return line


def _said(error: ErrorDetails, help_with: str) -> Text:
    steps = [str(step) for step in error["loc"] if not str(step).endswith(("]", "Target"))]
    where = ".".join(step for step in steps if not step.startswith("function-"))
    if error["type"] == "extra_forbidden":
        return Text("errors.unknown_key", where=where, help_with=help_with)
    return wrong(error, where)
