"""A YAML file that a person writes, as a pydantic model: what is wrong with it is said with file and line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from graph.errors import CorridorError, wrong
from graph.texts import Text

M = TypeVar("M", bound=BaseModel)
_MAX_BYTES = 1 << 20


def read_yaml(path: Path, model: type[M], refused: type[CorridorError], help_with: str) -> M:
    """The model of a YAML file. Raises `refused`, with file and line, where it is not one.

    `help_with` is what lists the keys there are.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise refused(Text("errors.too_long_file", path=path))
        text = path.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _check_plain(root, text, path, refused)
        content = yaml.safe_load(text)
    except OSError as error:
        raise refused(Text("errors.cannot_read", path=path, why=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise refused(Text("errors.no_utf8", path=path)) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise refused(Text("errors.no_yaml", where=f"{path}:{line}", error=error.problem)) from error
    except yaml.YAMLError as error:
        raise refused(Text("errors.no_yaml", where=path, error=error)) from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = f"{path}:{_line(root, first['loc'])}"
        raise refused(Text("errors.wrong", where=where, why=_said(first, help_with))) from error


def _check_plain(node: yaml.Node | None, text: str, path: Path, refused: type[CorridorError]) -> None:
    """Raise for a key that stands twice, which YAML readers drop in silence, and for anchors, which can explode."""
    if node is None:
        raise refused(Text("errors.empty_file", path=path))
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            line = token.start_mark.line + 1
            raise refused(Text("errors.anchors", where=f"{path}:{line}"))
    for mapping in _mappings(node):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise refused(Text("errors.twice", where=f"{path}:{line}", key=repr(key.value)))
            seen.add(key.value)


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _mappings(value)


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
