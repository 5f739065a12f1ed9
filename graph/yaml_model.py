"""A YAML file that a person writes, as a pydantic model: what is wrong with it is said with file and line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from graph.errors import CorridorError

M = TypeVar("M", bound=BaseModel)
_MAX_BYTES = 1 << 20


def read_yaml(path: Path, model: type[M], refused: type[CorridorError], help_with: str) -> M:
    """The model of a YAML file. Raises `refused`, with file and line, where it is not one.

    `help_with` is what lists the keys there are.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise refused(f"{path}: 文件过大，至多 1 MiB。 The file is too large; it may have 1 MiB.")
        text = path.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _check_plain(root, text, path, refused)
        content = yaml.safe_load(text)
    except OSError as error:
        raise refused(f"无法读取 {path}。 Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise refused(f"{path}: 不是 UTF-8 文本。 This is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise refused(f"{path}:{line}: YAML 格式有误。 Not well-formed YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise refused(f"{path}: YAML 格式有误。 Not well-formed YAML: {error}.") from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = f"{path}:{_line(root, first['loc'])}"
        raise refused(f"{where}: {_said(first, help_with)}") from error


def _check_plain(node: yaml.Node | None, text: str, path: Path, refused: type[CorridorError]) -> None:
    """Raise for a key that stands twice, which YAML readers drop in silence, and for anchors, which can explode."""
    if node is None:
        raise refused(f"{path}: 空文件。 The file is empty.")
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            line = token.start_mark.line + 1
            raise refused(f"{path}:{line}: 不支持 YAML 锚点。 Anchors and aliases are not read; write it out.")
    for mapping in _mappings(node):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise refused(f"{path}:{line}: {key.value!r} 重复。 The key {key.value!r} stands here twice.")
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


def _said(error: ErrorDetails, help_with: str) -> str:
    steps = [str(step) for step in error["loc"] if not str(step).endswith(("]", "Target"))]
    where = ".".join(step for step in steps if not step.startswith("function-"))
    if error["type"] == "extra_forbidden":
        return f"{where}: 未知的键，见 {help_with}。 Unknown key; {help_with} lists those there are."
    return f"{where}: {error['msg']}"
