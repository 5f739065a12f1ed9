"""Pages: a picture of a subgraph with all that is known about it, and plain pages of tables.

A page is either linked (served: styles and scripts are files under `Links.static`, for the strict policy
`CONTENT_SECURITY_POLICY`) or written (one file that holds everything, with its own policy, and asks no host).
Text from data is escaped by the template or set as text by the scripts, never as markup.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

import jinja2
import orjson
from markupsafe import Markup, escape

from graph.model import Json, Node, Subgraph
from graph.ontology import NODE_TYPE, NODE_TYPES
from graph.texts import Language, Text, texts_of

if TYPE_CHECKING:
    from viz.layout import Layout
    from viz.still import Caption

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The header under which linked pages work; the server sends it with each of them."""

_HERE = Path(__file__).parent
_TOGETHER = {
    "page.js": ("page.js", "saved.js", "shortlist.js"),
    "picture.js": ("picture.js", "panel.js", "legend.js", "walk.js", "explorer.js", "take.js"),
}
"""Of what files in `static` the scripts of every page, and those of every picture, are made, in their order."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where the pages of a server are; `{q}` and `{id}` stand for a search text and a node id."""

    home: str = "/"
    saved: str = "/saved"
    search: str = "/search"
    suggestions: str = "/api/search?q={q}"
    node: str = "/nodes/{id}"
    picture: str = "/subgraph/{id}"
    claims: str = "/explain/{id}"
    report: str = "/report/{id}"
    static: str = "/static"

    def node_of(self, node_id: str) -> str:
        """The address of the page of a node.

        >>> Links().node_of("product:a b")
        '/nodes/product:a%20b'
        """
        return _of(self.node, node_id)

    def picture_of(self, node_id: str) -> str:
        """The address of the picture around a node."""
        return _of(self.picture, node_id)

    def claims_of(self, thing_id: str) -> str:
        """The address of what says that a node or an edge is so."""
        return _of(self.claims, thing_id)

    def report_of(self, node_id: str) -> str:
        """The address of the report of a chain or a place."""
        return _of(self.report, node_id)


def _of(pattern: str, thing_id: str) -> str:
    return pattern.replace("{id}", quote(thing_id, safe=":"))


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a node (`node_id`) or to an address (`href`: a path of ours, or http and https)."""

    text: str
    href: str = ""
    node_id: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A number between 0 and 1, drawn as a small bar below its text; up to `most`, which it may be, in a paler colour."""

    text: str
    share: float
    most: float = 0.0


Cell = str | int | float | None | Link | Part | tuple[Link, ...]
"""What a table holds; `None` is "not known" and is shown so."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its name and what more is to be said of it; numbers stand at the right and sort as numbers.

    `href` leads to the same rows in the order of this column, `order` is how they stand already: ascending, descending.
    """

    name: str
    is_number: bool = False
    hint: str = ""
    href: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; the page says where there is no row."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a listing: its cells, what it is called and ticked by, the node it is about, whether it is ticked, and
    whether it is on the page that is shown; others are printed only.
    """

    cells: Sequence[Cell]
    name: str
    key: str
    node_id: str = ""
    is_ticked: bool = False
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a long table, sorted and cut by the server: `said` is how much of it is shown, `printed` how much on paper.

    `columns` are shown, `offered` all that can be: (field, name, whether it is shown). `text` is what rows must contain,
    `by_default` which of them where nobody chose, `page` the number of this one, `pages` lead to the others, `kept` is what else stands in the address.
    """

    columns: Sequence[Column]
    lines: Sequence[Line]
    offered: Sequence[tuple[str, str, bool]]
    by_default: Sequence[str]
    said: str
    printed: str = ""
    text: str = ""
    page: int = 1
    pages: Sequence[Link] = ()
    kept: Sequence[tuple[str, str]] = ()
    method: str = "get"


@dataclass(frozen=True, slots=True)
class Card:
    """A box that leads somewhere: a title, a line below it, and short facts."""

    title: str
    text: str = ""
    href: str = ""
    facts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a form asks for: `choices` are (value, text); several of them where `is_multiple`. `names` is the type
    of node that it names, `*` for any, `offers` names of such where they are few.

    With `is_id` it is completed by ids instead; `kind` is what is typed, for what is written: `date`, `yuan` or `long` text.

    `default` is its value where none is given, `is_given` where it is another; `is_wrong` where it is what cannot be; `called` says the names of values that are ids.
    """

    name: str
    label: str
    hint: str = ""
    values: Sequence[str] = ()
    choices: Sequence[tuple[str, str]] = ()
    is_multiple: bool = False
    is_required: bool = False
    is_number: bool = False
    names: str = ""
    offers: Sequence[str] = ()
    default: str = ""
    is_given: bool = False
    is_wrong: bool = False
    is_id: bool = False
    kind: str = ""
    called: Mapping[str, str] = field(default_factory=dict)

    @property
    def said(self) -> list[str]:
        """The values as people read them."""
        texts = {**dict(self.choices), **self.called}
        return [texts.get(value, value) for value in self.values if value or value in texts]


@dataclass(frozen=True, slots=True)
class Form:
    """A form that asks for an address of ours with the fields as parameters, what is `kept` beside them; `submit` is what its button says.

    One that `writes` sends them as JSON with a reader's key instead, and then leads to `then`, with the id of what was written after a `/` at its end.
    """

    action: str
    fields: Sequence[Field]
    submit: str = ""
    kept: Sequence[tuple[str, str]] = ()
    writes: bool = False
    then: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that ran, ready to paste; `href` opens it in the query page, `why` says why it cannot."""

    name: str
    text: str
    href: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a reader needs to doubt an answer: the definitions used, the sources, and the statements that ran."""

    conventions: Sequence[str] = ()
    sources: Sequence[Link] = ()
    statements: Sequence[Statement] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart: `share` (0–1) of the full width, of which `part` (0–1) stands out; `value` is written behind it."""

    label: str
    share: float
    value: str
    part: float = 0.0


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars, and what they show, for those who do not see them."""

    about: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Figure:
    """What a template of its own draws: a board, a heat map, a map. `shown` is what the template says it takes."""

    template: str
    shown: object


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a plain page: heading, a sentence that explains it, facts as (name, value), form, cards, chart, figure, table;
    `href` leads to all, `links` to what else there is, `pages` to the other pages of the table.
    """

    heading: str
    text: str = ""
    cards: Sequence[Card] = ()
    table: Table | None = None
    href: str = ""
    form: Form | None = None
    chart: Chart | None = None
    facts: Sequence[tuple[str, Cell]] = ()
    links: Sequence[Link] = ()
    figure: Figure | None = None
    pages: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Walked:
    """How a picture is walked on: what the scripts need of its state, what came of the last act, what of an old link is no more,
    the filters with how many of them are set, how many nodes they and the reader leave out, and where it is written as one file.

    `asks` are the questions about each node: (key of the menu, address).
    """

    state: Mapping[str, Json]
    form: Form
    file: str
    said: str = ""
    notices: Sequence[str] = ()
    vanished: Sequence[str] = ()
    chosen: int = 0
    left_out: int = 0
    show_all: Link | None = None
    asks: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a picture shows and how: a subgraph, where its nodes stand, what is special about some of them, and what is said above
    it.

    `more` is how many neighbours of a node are not in the picture ("+N"), `critical_edge_ids` are the single essential sources
    (red), `highlighted_ids` nodes and edges that stand out, `sources` the Source nodes by id; `walked` is how a served picture is
    walked on. `facts` keeps what was worked out of a node, since several parts of a page say it.
    """

    subgraph: Subgraph
    layout: "Layout"
    focus_id: str | None = None
    more: Mapping[str, int] = field(default_factory=dict)
    critical_edge_ids: Collection[str] = ()
    highlighted_ids: Collection[str] = ()
    sources: Mapping[str, Node] = field(default_factory=dict)
    language: Language = Language.ZH
    walked: Walked | None = None
    said: str = ""
    facts: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a statement where something is wrong: a sentence, the line with what stands before, in and behind the place,
    a caret below it, and where a browser selects it.
    """

    said: str
    before: str = ""
    marked: str = ""
    after: str = ""
    caret: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Editor:
    """Where a statement is written: its text, its parameters, what is wrong with it, `words` that can be completed, `examples`
    to begin with, under which `name` and `title` it is to be kept, and how much can be sent.
    """

    text: str
    parameters: str
    words: object
    marks: Sequence[Mark] = ()
    examples: Sequence[Link] = ()
    name: str = ""
    title: str = ""
    is_posted: bool = False
    most_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """The page of an answer: its headline, the form that asks again, its rows and where else they can be had, their picture,
    and behind one click what must be known about it and what it rests on.

    `beside` is what the headline must not be read without. `problem` is why there is no answer, `near` lead to the answers that
    may have been meant. With an `editor` it is asked by a statement instead of the form.
    """

    title: str
    form: Form
    headline: str = ""
    about: str = ""
    problem: str = ""
    near: Sequence[Link] = ()
    beside: Sequence[str] = ()
    listing: Listing | None = None
    also: Sequence[Link] = ()
    charts: Sequence[Chart] = ()
    is_charted_first: bool = False
    drawn: Drawing | None = None
    sections: Sequence[Section] = ()
    notes: Sequence[str] = ()
    evidence: Evidence = field(default_factory=Evidence)
    editor: Editor | None = None


@dataclass(frozen=True, slots=True)
class _Shell:
    """What every page has around its content."""

    title: str
    subtitle: str
    links: Links | None
    language: Language
    query: str = ""
    scripts: Sequence[str] = ()


def graph_page(drawing: Drawing, *, title: str, subtitle: str = "", links: Links | None = None, stamp: str = "") -> str:
    """The HTML page that shows a subgraph; with `links` a linked page, without them one written file, which holds the picture
    as SVG too; `stamp` says in that of which day and load it is.

    An empty subgraph gives a page that says so, with the subtitle as reason. Raises `KeyError` for a label or type that is not
    in the ontology, or a node without position.
    """
    from viz.still import Caption

    shown = len(drawing.subgraph.nodes)
    total = max(drawing.subgraph.total_nodes, shown)
    count = {"total": total, "shown": shown, "hidden": total - shown}
    svg = "" if links or not shown else picture_svg(drawing, Caption(title, subtitle, stamp))
    page = {"count": count, "walked": drawing.walked, "svg": svg}
    return _with_picture(drawing, "graph.html", _Shell(title, subtitle, links, drawing.language), page)


def picture_svg(drawing: Drawing, caption: "Caption", size: tuple[int, int] = (1920, 1080)) -> str:
    """A picture as one SVG."""
    from viz.still import still

    return still(drawing, caption, size, _environment(drawing.language))


def answer_page(answered: Answered, *, links: Links, language: Language) -> str:
    """The HTML page of an answer."""
    scripts = ("query.js",) if answered.editor else ()
    page, shell = {"answered": answered}, _Shell(answered.title, "", links, language, scripts=scripts)
    if answered.drawn is None:
        return _environment(language).get_template("answer.html").render(options=_context(shell) | page, nodes=[])
    return _with_picture(answered.drawn, "answer.html", shell, page)


def _with_picture(drawing: Drawing, template: str, shell: _Shell, page: Mapping[str, object]) -> str:
    from viz.picture import picture_html  # With pyvis and networkx, which plain pages need not wait for.

    nodes = drawing.subgraph.nodes
    scripts = ("vis-network.min.js", "picture.js") if nodes else ()
    options = {
        **_context(replace(shell, scripts=(*scripts, *shell.scripts))),
        "node_table": _node_table(drawing),
        "in_picture": frozenset(node.id for node in nodes),
        "walked": None,
        **page,
    }
    return picture_html(drawing, _environment(shell.language), template, options)


def list_page(
    title: str, sections: Sequence[Section], *, subtitle: str = "", query: str = "", links: Links | None = None,
    language: Language = Language.ZH, template: str = "list.html", page: Mapping[str, object] = MappingProxyType({}),
) -> str:  # fmt: skip
    """A plain page of sections in the look of the others; `query` is what stands in the search box. Another `template` takes
    what it says of `page` besides."""
    scripts = ("write.js",) if any(section.form and section.form.writes for section in sections) else ()
    options = {**_context(_Shell(title, subtitle, links, language, query, scripts)), "sections": sections, **page}
    return _environment(language).get_template(template).render(options=options)


@cache
def static_files() -> Mapping[str, str]:
    """What linked pages ask for under `Links.static`, by name: scripts that go together are one file, since each that a page
    waits for costs as much as a long one.

    The pages add `?v=` and a hash of the content, so an answer may be cached for ever.
    """
    own = {path.name: path.read_text(encoding="utf-8") for path in sorted((_HERE / "static").iterdir())}
    for name, parts in _TOGETHER.items():
        own[name] = "".join(own.pop(part) for part in parts)
    vis = (_vis_assets() / "vis-network.min.js").read_text(encoding="utf-8")
    return MappingProxyType({**own, "vis-network.min.js": vis})


def _vis_assets() -> Path:
    """The folder in the pyvis wheel that holds vis-network 9.1.2; pyvis itself plain pages need not wait for."""
    found = find_spec("pyvis")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "templates" / "lib" / "vis-9.1.2"


def _node_table(drawing: Drawing) -> Table:
    """The same nodes as rows: the picture for those who do not see it, or want to sort it."""
    from viz.picture import facts_in, key_facts

    relations = dict.fromkeys((node.id for node in drawing.subgraph.nodes), 0)
    for edge in drawing.subgraph.edges:
        relations[edge.from_id] += 1
        relations[edge.to_id] += 1
    said = drawing.language
    names = ("name", "type", "facts", "relations", "not_shown")
    columns = [Column(Text(f"pages.node.{name}").in_(said), is_number=name in names[3:]) for name in names]
    rows = [
        (
            Link(node.name_in(said), node_id=node.id),
            NODE_TYPE[node.label].in_(said),
            " · ".join(key_facts(facts_in(drawing, node), said)),
            relations[node.id],
            drawing.more.get(node.id, 0),
        )
        for node in drawing.subgraph.nodes
    ]
    return Table(columns, rows)


def _context(shell: _Shell) -> dict[str, object]:
    """What the base template needs, whichever way styles and scripts reach the page."""
    language = shell.language
    said = {"labels": {kind.label: kind.in_(language) for kind in NODE_TYPES}, "language": language,
            "texts": texts_of("script", language)}  # fmt: skip
    context: dict[str, object] = {"title": shell.title, "subtitle": shell.subtitle, "query": shell.query}
    context |= {"links": shell.links, "said": said, "policy": None, "in_picture": frozenset()}
    names = ("page.css", "page.js", *shell.scripts)
    if shell.links is not None:
        prefix = shell.links.static.rstrip("/")
        return context | {"assets": {name: f"{prefix}/{name}?v={_hash(name)[:12]}" for name in names}}
    return context | {
        "assets": {name: Markup(static_files()[name]) for name in names},
        "policy": _written_policy(names),
    }


def _written_policy(names: Sequence[str]) -> str:
    """The policy of a written file: nothing but its own scripts and styles, told by their hashes."""
    hashes = {name: f"'sha256-{b64encode(bytes.fromhex(_hash(name))).decode()}'" for name in names}
    scripts = " ".join(text for name, text in hashes.items() if name.endswith(".js"))
    styles = " ".join(text for name, text in hashes.items() if name.endswith(".css"))
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _hash(name: str) -> str:
    return hashlib.sha256(static_files()[name].encode()).hexdigest()


@cache
def _environment(language: Language) -> jinja2.Environment:
    """The templates, in which `t` says a text of the catalogue in a language."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Half as large as what `json` writes of Chinese, in a tenth of the time.
    environment.policies |= {"json.dumps_function": lambda value: orjson.dumps(value).decode(), "json.dumps_kwargs": {}}
    environment.globals["t"] = lambda id_of_text, **values: Text(id_of_text, **values).in_(language)
    environment.globals["language"] = language
    environment.filters["safe_href"] = _safe_href
    environment.filters["named"] = lambda text: (
        str(text) if language is Language.ZH else _with_chinese(str(text), language)
    )
    environment.tests["link"] = lambda cell: isinstance(cell, Link)
    environment.tests["part"] = lambda cell: isinstance(cell, Part)
    environment.tests["links"] = lambda cell: isinstance(cell, tuple)
    return environment


_CHINESE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]*[\u3400-\u9fff](?:（[^（）]*）|[\w·《》、，：；“”/%-]|\.(?=\w))*")
"""A run of Chinese on a page in another language, with the figures and letters in it."""


def _with_chinese(text: str, language: Language) -> Markup:
    """A text of a page in another language, in which what is in Chinese, as names without an English one, is marked as such.

    >>> _with_chinese("made by 甲公司, b", Language.EN)
    Markup('made by <span lang="zh" title="In Chinese: no English name is on record">甲公司</span>, b')
    """
    mark = f'<span lang="zh" title="{escape(Text("pages.in_chinese").in_(language))}">'
    parts, at = list[Markup](), 0
    for found in _CHINESE.finditer(text):
        parts += escape(text[at : found.start()]), Markup(f"{mark}{escape(found.group())}</span>")
        at = found.end()
    return Markup().join([*parts, escape(text[at:])])


def _safe_href(href: str) -> str:
    """An address that may stand in a link; empty for any other scheme, so that data cannot bring one that runs.

    >>> _safe_href("/search?q=a"), _safe_href("javascript:alert(1)"), _safe_href("//elsewhere")
    ('/search?q=a', '', '')
    """
    is_ours = href.startswith(("/", "?", "#")) and not href.startswith(("//", "/\\"))
    return href if is_ours or href.startswith(("https://", "http://")) else ""
