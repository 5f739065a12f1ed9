"""The invented year: as large as a real one, all that can happen in it, and never mistaken for the facts."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from graph.errors import UsageError
from ledger.ledger import Ledger
from ledger.requests import SAMPLE
from ledger.sample import YEAR, made
from tests.api.test_ledger import did, run
from tests.ledger.vouchers import CLERK, budget

pytestmark = pytest.mark.slow


def is_place(place: str) -> bool:
    return len(place) == 12


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "ledger-sample.sqlite"
    made(path, is_place)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    return path


@pytest.fixture
def sample(made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample of a folder that commands work in."""
    monkeypatch.setenv("CORRIDOR_HOME", str(tmp_path))
    monkeypatch.setenv("CORRIDOR_LEDGER", "sample")
    monkeypatch.setenv("CORRIDOR_LANGUAGE", "zh")
    return Path(shutil.copy(made_once, tmp_path / made_once.name))


def test_it_has_the_size_of_a_real_year_and_everything_that_can_happen(sample: Path) -> None:
    ledger = Ledger(f"sqlite:///{sample}", is_place)
    found = ledger.vouchers(limit=10_000)
    amounts = [one.amount_fen / 100 for one in found]
    assert 1_800 < len(found) < 2_500 and 20_000 < sum(amounts) / len(found) < 27_000
    assert max(amounts) == 300_000 and sorted(amounts)[len(amounts) // 2] < 16_000
    assert min(Counter(one.status for one in found).values()) > 80 and len({one.status for one in found}) == 4
    assert min(Counter((one.mode, one.holder_kind) for one in found).values()) > 50
    assert {one.office[6:8] for one in found} == {"31", "32", "33", "34"}
    assert [one.period for one in ledger.periods()] == [f"{YEAR}Q{quarter}" for quarter in (1, 2, 3)]
    for quarter in (1, 2, 3, 4):
        statement = ledger.statement(f"{YEAR}Q{quarter}")
        assert statement.is_sample and 0 < statement.residual_fen < statement.gross_fen / 2
    assert "correct" in {one.kind for one in ledger.entries(limit=5_000)}
    assert {one.actor for one in ledger.entries(limit=5_000)} == {SAMPLE.name}
    assert all("示例" in one.holder_name and "sample" in one.holder for one in found)
    ledger.check()
    ledger.close()


def test_it_is_the_same_each_time(sample: Path, tmp_path: Path) -> None:
    one, two = (Ledger(f"sqlite:///{path}", is_place) for path in (sample, tmp_path / "again.sqlite"))
    made(tmp_path / "again.sqlite", is_place)
    assert one.entries(limit=1) == two.entries(limit=1)
    one.close()
    two.close()


def test_what_was_done_with_it_stays_and_another_ledger_in_its_place_is_not_touched(
    sample: Path, tmp_path: Path
) -> None:
    did("settle", "close", "--period", f"{YEAR}Q4")
    assert made(sample, is_place) == 3_647
    own = Ledger(f"sqlite:///{tmp_path / 'own.sqlite'}", is_place)
    own.book(budget(), CLERK)
    assert not own.is_sample()
    own.close()
    before = (tmp_path / "own.sqlite").read_bytes()
    with pytest.raises(UsageError):
        made(tmp_path / "own.sqlite", is_place)
    assert (tmp_path / "own.sqlite").read_bytes() == before


def test_every_table_says_that_it_is_the_samples_and_none_of_ones_own(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (["voucher", "list"], ["settle", "show", f"{YEAR}Q1"], ["settle", "preview", f"{YEAR}Q4"],
             ["ledger", "entries"], ["key", "list"], ["voucher", "show", did("voucher", "list", "--csv").split("\n")[1].split(",")[0]])  # fmt: skip
    for command in asked:
        assert "示例 · " in did(*command), command
    did("settle", "export", f"{YEAR}Q1", "--out", tmp_path / "statement.json")
    assert '"is_sample": true' in (tmp_path / "statement.json").read_text()
    monkeypatch.delenv("CORRIDOR_LEDGER")
    assert "corridor demo --with-sample" in str(run("voucher", "list").exception)
    did("voucher", "budget", "--office", "place:310117", "--year", YEAR, "--amount-fen", 100, "--why", "plan")
    assert "示例" not in did("ledger", "entries")
