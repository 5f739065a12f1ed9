"""The parts of the README that are derived: shipped mappings, questions, data dictionary, coverage of the bundled dataset,
portability.

`python -m tests.readme` rewrites them between their marks; a test compares them.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from re import compile

from graph.cypher import read_queries
from graph.ontology import (
    DERIVED_EDGE_TYPES,
    DERIVED_NODE_TYPES,
    EDGE_TYPES,
    NODE_TYPES,
    EdgeType,
    NodeType,
    Property,
)
from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Language
from ingest.dataset import BUNDLED, datasets_at
from ingest.mapping.mapping import shipped_mapping, shipped_names
from ingest.pipeline import load
from queries.registry import questions
from queries.saved import question_named

README = Path(__file__).parent.parent / "README.md"
_QUERIES = README.parent / "queries"


def data_dictionary() -> str:
    """Node and edge types with their properties, as Markdown tables."""
    nodes = [
        (f"`{t.label}`", f"{t.zh} {t.en}", f"`{t.prefix}:`", f"`{t.file}`", _properties(t.properties), t.doc)
        for t in NODE_TYPES
    ]
    edges = [
        (
            f"`{t.type}`",
            f"{t.zh} {t.en}",
            ", ".join(f"{a} → {b}" for a, b in t.ends),
            f"`{t.file}`",
            _properties(t.properties),
            t.doc,
        )
        for t in EDGE_TYPES
    ]
    return "\n\n".join(
        (
            _markdown(("node", "名称", "id", "file", "properties", "what it is"), nodes),
            _markdown(("edge", "读作", "joins", "file", "properties", "what it says"), edges),
        )
    )


DERIVED_NOTE = """\
Derived at load, private to answers: kept in the graph for questions and for your own Cypher, in no dataset, export, search,
comparison or page. Tables of these types are refused, columns of these names not read. Equal on both engines. Edits by hand
in Neo4j leave them stale until the next load."""


def derived_dictionary() -> str:
    """What a load derives, as a paragraph and Markdown tables: types, then properties of the types that datasets bring."""
    kinds: tuple[NodeType | EdgeType, ...] = (*DERIVED_NODE_TYPES, *DERIVED_EDGE_TYPES)
    types = []
    for kind in kinds:
        if isinstance(kind, NodeType):
            name, ends = kind.label, f"`{kind.prefix}:`"
        else:
            name, ends = kind.type, ", ".join(f"{a} → {b}" for a, b in kind.ends)
        says = "<br>".join([kind.doc, *(f"`{p.name}` {_description(p)}" for p in kind.stored)])
        types.append((f"`{name}`", f"{kind.zh} {kind.en}", ends, says))
    properties = [(f"`{t.label}.{p.name}`", _description(p)) for t in NODE_TYPES for p in t.derived]
    return "\n\n".join(
        (
            DERIVED_NOTE,
            _markdown(("derived type", "名称", "id or what it joins", "what it is"), types),
            _markdown(("derived property", "what it says"), properties),
        )
    )


def _description(prop: Property) -> str:
    return prop.description.replace(" · ", ": ", 1)


def questions_table() -> str:
    """The questions with what they answer, as a Markdown table."""
    rows = [(f"`{q.name}` {q.title.in_(Language.ZH)}", q.doc.in_(Language.EN)) for q in questions()]
    return _markdown(("question", "what it answers"), rows)


def mappings_table() -> str:
    """The mappings that come with the program and what each reads, as a Markdown table."""
    shipped = [(name, shipped_mapping(name).sources) for name in shipped_names()]
    rows = [
        (f"`{name}`", "；".join(one.name_zh for one in of), "; ".join(one.name_en or "" for one in of))
        for name, of in shipped
    ]
    return _markdown(("mapping", "读什么", "what it reads"), rows)


def coverage(store: GraphStore) -> str:
    """How much of each chain is on record in the graph, as a Markdown table."""
    rows = question_named("chains").ask(store).model_dump()["rows"]
    return _markdown(
        (
            "chain",
            "products",
            "a maker on record",
            "a maker in the nine places",
            "part of those on record",
            "makers there",
        ),
        [
            (
                f"{row['name_zh']} {row['name_en']}",
                row["products"],
                row["with_maker"],
                row["with_local_maker"],
                "—" if row["made_here_share"] is None else f"{row['made_here_share']:.0%}",
                row["local_makers"],
            )
            for row in rows
        ],
    )


_BEYOND = {
    "alternatives of labels, `(n:A|B)`": compile(r"\(\w*:\w+\|"),
    "alternatives of types, `-[:A|B]-`": compile(r"\[\w*:\w+\|"),
    "subqueries, `EXISTS { MATCH … }`": compile(r"\bEXISTS \{"),
    "paths of several steps, `-[*1..4]-`": compile(r"\[[^\]]*\*\d"),
}
"""What in texts of ours an engine may lack, and how it is told."""


def portability() -> str:
    """How many texts of questions need what not every openCypher engine has, as a Markdown table."""
    texts = [query.text for path in sorted(_QUERIES.rglob("*.cypher")) for query in read_queries(path).values()]
    needed = [(what, sum(bool(found.search(text)) for text in texts)) for what, found in _BEYOND.items()]
    plain = sum(not any(found.search(text) for found in _BEYOND.values()) for text in texts)
    return _markdown(("needs", "texts"), [("nothing of the following", plain), *needed, ("all of them", len(texts))])


def with_sections(text: str, sections: dict[str, str]) -> str:
    """The text with each section between `<!-- name -->` and `<!-- /name -->` replaced."""
    for name, content in sections.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        text = f"{before}{start}\n{content}\n{end}{after}"
    return text


def sections(bundled: GraphStore) -> dict[str, str]:
    """The derived sections of the README by name."""
    return {
        "mappings": mappings_table(),
        "questions": questions_table(),
        "data-dictionary": data_dictionary(),
        "derived": derived_dictionary(),
        "coverage": coverage(bundled),
        "portability": portability(),
    }


def _properties(properties: Sequence[Property]) -> str:
    shown = (p for p in properties if not p.derived)
    return ", ".join(f"`{p.name}`" + (f" ({p.unit})" if p.unit else "") for p in shown)


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


if __name__ == "__main__":
    in_memory = open_store("ladybug://:memory:")
    load(datasets_at([BUNDLED]), in_memory)
    README.write_text(with_sections(README.read_text(encoding="utf-8"), sections(in_memory)), encoding="utf-8")
