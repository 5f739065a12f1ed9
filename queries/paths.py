"""Paths through the graph as a reader follows them: edges walked one after the other, in ids and in words.

An edge id tells type and ends, so a path is its edge ids, and which way each is walked.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from graph.model import edge_id, ends
from graph.ontology import EDGE_TYPE
from graph.texts import Text
from queries.makers import Kinds, Maker
from queries.reader import Reader
from queries.scope import name_of, nodes


class Step(NamedTuple):
    """An edge, walked along from its source to its target, or back.

    >>> step = Step("MAKES|enterprise:a|product:b", is_along=False)
    >>> step.type, step.start_id, step.end_id
    ('MAKES', 'product:b', 'enterprise:a')
    """

    edge_id: str
    is_along: bool = True

    @property
    def type(self) -> str:
        """The type of the edge."""
        return ends(self.edge_id)[0]

    @property
    def start_id(self) -> str:
        """The node that the step leaves."""
        return ends(self.edge_id)[1 if self.is_along else 2]

    @property
    def end_id(self) -> str:
        """The node that it reaches."""
        return ends(self.edge_id)[2 if self.is_along else 1]


Path = tuple[Step, ...]
"""At least one step, each from where the one before ends."""


def step_along(edge_type: str, from_id: str, to_id: str) -> Step:
    """The step along the edge of a type that has no parallel ones."""
    return Step(edge_id(edge_type, from_id, to_id))


def step_back(edge_type: str, from_id: str, to_id: str) -> Step:
    """The step from the target of that edge to its source."""
    return Step(edge_id(edge_type, from_id, to_id), is_along=False)


def reverse(path: Path) -> Path:
    """The same path from its end to its start."""
    return tuple(Step(step.edge_id, not step.is_along) for step in reversed(path))


def supply_path(maker: Maker, kinds: Kinds) -> Path:
    """From a maker, over its plant if it is made there, to what it makes and, where that is a narrower kind, up to the product
    that it counts for.
    """
    plant = [step_along("OPERATES", maker.enterprise_id, maker.site_id)] if maker.is_at_plant else []
    climbed = (Step(edge) for edge in kinds.edges(maker.made_id, maker.product_id))
    return (*plant, step_along("MAKES", maker.site_id, maker.made_id), *climbed)


def node_ids(path: Path) -> list[str]:
    """The nodes of a path, in order."""
    return [path[0].start_id, *(step.end_id for step in path)]


def path_evidence(paths: Iterable[Path]) -> list[str]:
    """The ids of the nodes and edges of paths, each once, path by path."""
    found: dict[str, None] = {}
    for path in paths:
        found.update(dict.fromkeys(node_ids(path)))
        found.update(dict.fromkeys(step.edge_id for step in path))
    return list(found)


def names_on(reader: Reader, paths: Iterable[Path], beside: Iterable[str] = ()) -> dict[str, str]:
    """What people call the nodes of paths, and some nodes beside them, by id: read together, once for an answer."""
    return names_of(reader, [*beside, *(one for path in paths for one in node_ids(path))])


def names_of(reader: Reader, ids: Sequence[str]) -> dict[str, str]:
    """What people call the nodes of these ids."""
    return {node.id: name_of(node) for node in nodes(reader, ids)}


def path_text(path: Path, names: Mapping[str, str]) -> Text:
    """A path in words; an edge walked back has its arrows the other way.

    >>> from graph.texts import Language
    >>> path_text(
    ...     (Step("MAKES|enterprise:a|product:b"), Step("INPUT_OF|product:b|product:c")),
    ...     {"enterprise:a": "甲", "product:b": "光刻胶", "product:c": "芯片"},
    ... ).in_(Language.ZH)
    '甲 → 生产 → 光刻胶 → 投入 → 芯片'
    """
    said = _walked(names[path[0].start_id], path[0], names)
    for step in path[1:]:
        said = _walked(said, step, names)
    return said


def _walked(start: str | Text, step: Step, names: Mapping[str, str]) -> Text:
    way = "common.walked.along" if step.is_along else "common.walked.back"
    return Text(way, start=start, relation=EDGE_TYPE[step.type].text, end=names[step.end_id])


def relation_text(id_of_edge: str, names: Mapping[str, str | Text]) -> Text:
    """An edge as people read it.

    >>> from graph.texts import Language
    >>> relation_text("MAKES|enterprise:a|product:b", {"enterprise:a": "A", "product:b": "resist"}).in_(Language.EN)
    'A makes resist'
    """
    edge_type, from_id, to_id = ends(id_of_edge)
    kind = EDGE_TYPE[edge_type]
    return Text("common.relation", start=names[from_id], relation=kind.text, end=names[to_id])
