"""The shape that CONTRIBUTING gives the code, read off its syntax trees."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "graph", "ingest", "ledger", "queries", "viz")
MAY_IMPORT = {
    "graph": {"graph"},
    "ingest": {"ingest", "graph"},
    "ledger": {"ledger", "graph"},
    "queries": {"queries", "graph"},
    "viz": {"viz", "graph"},
    "api": set(PACKAGES),
}
ONLY_IN = {
    "fastapi": "api/",
    "starlette": "api/",
    "uvicorn": "api/",
    "typer": "api/",
    "pyvis": "viz/",
    "neo4j": "graph/neo4j_store.py",
    "ladybug": "graph/ladybug_store.py",
    "alembic": "ledger/",
    "pg8000": "ledger/",
    "sqlalchemy": "ledger/",
    "py2neo": "graph/py2neo_bridge.py",
}
CODE = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """The top names that a file imports, with their lines; imports inside functions too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}:{node.lineno}: imports are absolute"
            yield str(node.module).partition(".")[0], node.lineno


def test_layers_import_downwards_only() -> None:
    wrong = [
        f"{name(path)}:{line}: {top}"
        for path in CODE
        for top, line in imported(path)
        if top in {*PACKAGES, "tests", "bench"} - MAY_IMPORT[name(path).partition("/")[0]]
    ]
    assert wrong == []


def test_a_library_stays_in_its_own_place() -> None:
    wrong = [
        f"{name(path)}:{line}: {top}"
        for path in CODE
        for top, line in imported(path)
        if not name(path).startswith(ONLY_IN.get(top, ""))
    ]
    assert wrong == []


def test_a_load_need_not_wait_for_what_draws_pictures() -> None:
    modules = "import sys, api.cli, api.report_page, ingest.pipeline, graph.ladybug_store; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", modules], cwd=ROOT, capture_output=True, text=True, check=True)

    assert {"viz.layout", "scipy", "numba", "fastapi"} & {*ran.stdout.split()} == set()


def test_a_question_takes_of_another_only_the_types_of_its_answer() -> None:
    """It is asked through the registry, so that its parameters are checked and what it answered is kept."""
    taken = [
        f"{name(path)}: {alias.name}"
        for path in CODE if name(path).startswith("queries/")
        for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)
        if str(node.module).startswith("queries.questions.")
        for alias in node.names if not alias.name[0].isupper()
    ]  # fmt: skip
    assert taken == []


def test_only_the_top_catches_everything() -> None:
    caught = [
        f"{name(path)}:{node.lineno}"
        for path in CODE
        if not name(path).startswith("api/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or {"Exception", "BaseException"} & {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
        )
    ]
    assert caught == []


def test_nothing_is_mocked() -> None:
    mocking = {"mock", "unittest", "pytest_mock"}
    assert [f"{name(path)}:{line}" for path in TESTS for top, line in imported(path) if top in mocking] == []


def test_no_drawer_for_odds_and_ends_and_no_code_in_init_files() -> None:
    assert [name(p) for p in CODE if p.stem in {"utils", "util", "helpers", "helper", "common", "misc"}] == []
    for path in (p for p in CODE if p.name == "__init__.py"):
        assert [type(node).__name__ for node in tree(path).body] in ([], ["Expr"]), name(path)


def test_every_package_is_in_pyproject() -> None:
    listed = re.search(r"(?m)^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text())
    assert listed
    folders = {name(path.parent).replace("/", ".") for path in CODE}
    assert {item.strip().strip('"') for item in listed[1].split(",")} == folders


def test_what_is_public_has_a_docstring() -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assert [name(path) for path in CODE if not ast.get_docstring(tree(path))] == []
    public = [
        (path, node)
        for path in CODE
        for node in tree(path).body
        if isinstance(node, kinds) and not node.name.startswith("_")
    ]
    assert [f"{name(path)}: {node.name}" for path, node in public if not ast.get_docstring(node)] == []


def test_no_committed_file_says_where_packages_are_downloaded_from() -> None:
    hosts = "|".join(["pypi" + r"\.org", "python" + "hosted", "repo1" + r"\.maven", "repo" + r"\.maven\.apache",
                      "maven" + r"central", "registry" + r"\.npmjs", "deb" + r"\.debian", "--index" + "-url",
                      "--extra-index" + "-url", "--find" + "-links [^/]"])  # fmt: skip
    found = [f"{name(path)}: {match[0]}" for path in committed() if (match := re.search(hosts, text(path)))]
    assert found == []


def committed() -> list[Path]:
    """The files that are in the repository, or would be with the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in (ROOT / item for item in listed.split("\0") if item) if path.is_file()]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def test_the_lock_pins_every_package_with_hashes() -> None:
    lines = (ROOT / "requirements.lock").read_text().replace("\\\n", "").splitlines()
    pins = [line for line in lines if line.strip() and not line.startswith("#")]
    assert pins
    assert [
        pin[:60] for pin in pins if not re.match(r"[a-z0-9-]+==[^ ]+( ; .*)? +--hash=sha256:[0-9a-f]{64}", pin)
    ] == []


def test_every_statement_beside_the_code_is_in_the_package() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    packed = {path for package, patterns in data.items() for p in patterns for path in (ROOT / package).glob(p)}
    statements = {
        path for package in PACKAGES for end in ("cypher", "sql") for path in (ROOT / package).rglob(f"*.{end}")
    }
    assert statements and statements <= packed
