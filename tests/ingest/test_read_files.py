"""Files that are no tables, are damaged, or are made to do harm: one sentence, bounded memory, no stack trace."""

import gzip
import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from graph.errors import SourceUnreadable
from ingest.readers.read import ReadOptions, read
from tests.ingest.oldworkbooks import ods, xls, xlsb
from tests.ingest.tablefiles import content, file, refusal, table

ROOT = Path(__file__).parents[2]
SUFFIXES = ("csv", "tsv", "xlsx", "parquet", "json", "jsonl")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_file_is_named(tmp_path: Path, suffix: str) -> None:
    assert refusal(tmp_path / f"t.{suffix}") == (f"Cannot read t.{suffix}: No such file or directory.")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_is_no_table(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"t.{suffix}").mkdir()

    assert refusal(tmp_path / f"t.{suffix}") == (f"t.{suffix} is a folder, not the file of a table.")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")

    assert "is a special file, not" in refusal(tmp_path / "t.csv")


def test_a_device_is_refused() -> None:
    assert "is a special file, not" in refusal(Path("/dev/zero"))


def test_a_link_to_a_file_is_read_and_a_broken_one_is_missing(tmp_path: Path) -> None:
    file(tmp_path, "real.csv", "a,b\n1,2\n")
    (tmp_path / "t.csv").symlink_to(tmp_path / "real.csv")
    (tmp_path / "broken.csv").symlink_to(tmp_path / "gone.csv")

    assert content(tmp_path / "t.csv").rows == [{"a": "1", "b": "2"}]
    assert "No such file" in refusal(tmp_path / "broken.csv")


@pytest.mark.parametrize("name", [f"t.{suffix}" for suffix in SUFFIXES])
def test_an_empty_file_has_no_headings(tmp_path: Path, name: str) -> None:
    assert refusal(file(tmp_path, name, "")) == f"{name} is empty: it has no headings."


@pytest.mark.parametrize("name", ["t.csv.gz", "t.jsonl.gz"])
def test_a_packed_empty_file_has_no_headings(tmp_path: Path, name: str) -> None:
    assert "is empty when unpacked" in refusal(file(tmp_path, name, ""))


@pytest.mark.parametrize("data", ["\n", " \r\n\n", "\ufeff", ",,\n,,\n", b"\xff\xfe", b"\xff\xfe\n\0"])
def test_a_file_of_nothing_but_blanks_has_no_headings(tmp_path: Path, data: str | bytes) -> None:
    assert "headings" in refusal(file(tmp_path, "t.csv", data))


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "json", "xlsx", "parquet"])
def test_a_gzip_file_that_is_cut_off_says_so(tmp_path: Path, suffix: str) -> None:
    path = table(tmp_path, f"t.{suffix}.gz", {"a": [str(n) for n in range(999)], "b": ["x"] * 999})
    path.write_bytes(path.read_bytes()[:-20])

    assert refusal(path) == (f"t.{suffix}.gz is cut off (gzip); copy or download it again.")


@pytest.mark.parametrize("damage", ["body", "checksum", "trailer"])
def test_a_damaged_gzip_file_says_so(tmp_path: Path, damage: str) -> None:
    data = bytearray(gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(9_999))))
    if damage == "body":
        data[200:260] = b"\xff" * 60
    elif damage == "checksum":
        data[-8:-4] = b"\0\0\0\0"
    else:
        data += b"junk"
    (tmp_path / "t.csv.gz").write_bytes(data)

    assert refusal(tmp_path / "t.csv.gz").startswith("t.csv.gz is damaged (gzip: ")


def test_a_file_named_gz_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(b"a,b\n1,2\n")

    assert refusal(tmp_path / "t.csv.gz") == "t.csv.gz is not a gzip file; rename it."


def test_a_gzip_file_without_the_suffix_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"))

    assert content(tmp_path / "t.csv").rows == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_a_file_that_is_packed_twice_says_so(tmp_path: Path) -> None:
    assert "is packed twice" in refusal(file(tmp_path, "t.csv.gz", gzip.compress(b"a,b\n")))


def bomb(megabytes: int, start: bytes = b"") -> bytes:
    """A gzip file of a line and so many megabytes of zeros."""
    return gzip.compress(start) + gzip.compress(b"0" * (1 << 20)) * megabytes


@pytest.mark.slow
@pytest.mark.parametrize("name", ["t.csv.gz", "t.json.gz", "t.jsonl.gz", "t.xlsx.gz", "t.parquet.gz"])
def test_a_gzip_bomb_is_refused(tmp_path: Path, name: str) -> None:
    start = {"xlsx": b"PK\x03\x04", "parquet": b"PAR1", "json": b"[1,2,"}.get(name.split(".")[1], b"a,b\n")
    (tmp_path / name).write_bytes(bomb(100, start))

    assert f"{name} unpacks to more than 250 times its size" in refusal(tmp_path / name)


@pytest.mark.parametrize("suffix", ["parquet", "xlsx"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_file_that_is_cut_off_says_so(tmp_path: Path, suffix: str, share: float) -> None:
    path = table(tmp_path, f"t.{suffix}", {"a": [str(n) for n in range(999)], "b": ["x"] * 999})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    kind = {"parquet": "not a whole Parquet file", "xlsx": "not a sound workbook"}[suffix]
    assert f"t.{suffix} is {kind}" in refusal(path)


LIMITED = """
import resource, sys
from pathlib import Path
from graph.texts import Language, Text
from ingest.readers.read import ReadOptions, read
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = problems = 0
refused = ""
try:
    for part in read(Path(sys.argv[1])):
        rows += len(part.rows)
        problems += len(part.problems)
        for problem in part.problems[:3]:
            print(problem.row, Text.unpacked(problem.reason).in_(Language.EN))
except Exception as error:
    print(type(error).__name__, error)
print(rows, problems)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10, file=sys.stderr)
"""


def measured(path: Path) -> tuple[list[str], int]:
    """What reading in a process of its own prints, and how many MB it took beyond the libraries."""
    run = subprocess.run([sys.executable, "-c", LIMITED, path], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout.replace(f"{path.parent}/", "").splitlines(), int(run.stderr)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        ("t.csv", b"a,b\n1,2\n%s,x\n3,4\n", ["3 A line is longer than 16 MB.", "2 1"]),
        ("t.jsonl", b'{"a":1}\n{"a":"%s"}\n{"a":2}\n', ["2 A line is longer than 16 MB.", "2 1"]),
        (
            "t.csv",
            b"%s\n1\n2\n",
            [
                "SourceUnreadable t.csv: the headings cannot be read. A line is longer than 16 MB. See whether line ends are missing there.",
                "0 0",
            ],
        ),
    ],
    ids=["csv", "jsonl", "heading"],
)
def test_a_line_of_100_megabytes_is_not_held_in_memory(
    tmp_path: Path, name: str, line: bytes, expected: list[str]
) -> None:
    before, after = line.split(b"%s")
    with (tmp_path / name).open("wb") as big:
        big.write(before)
        for _ in range(100):
            big.write(b"x" * (1 << 20))
        big.write(after)

    printed, megabytes = measured(tmp_path / name)

    assert printed == expected
    assert megabytes < 300


@pytest.mark.slow
def test_a_quote_that_is_never_closed_costs_one_row_and_no_memory(tmp_path: Path) -> None:
    file(tmp_path, "t.csv", 'a,b\n1,2\n3,"4\n' + "5,6\n" * 20_000_000)

    printed, megabytes = measured(tmp_path / "t.csv")

    assert printed == ["3 A quote opens in line 3 and does not close at the end of its cell.", "20000001 1"]
    assert megabytes < 300


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [suffix + packed for suffix in SUFFIXES for packed in ("", ".gz")])
def test_a_damaged_file_is_read_or_refused_in_one_sentence(tmp_path: Path, suffix: str) -> None:
    chance = random.Random(20_200_930)
    path = table(
        tmp_path, f"t.{suffix}", {"a": [str(n) for n in range(200)], "b": ['x"y', None] * 100, "c": [1.5] * 200}
    )
    whole = path.read_bytes()
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 2, 8])):
            at = chance.randrange(len(data))
            data[at : at + chance.choice([0, 1, 1, 40])] = chance.randbytes(chance.choice([0, 1, 1, 9]))
        path.write_bytes(data)
        try:
            for part in read(path):
                part.columns.validate(full=True)
        except SourceUnreadable as refused:
            assert "\n" not in str(refused)


HEADINGS = ("企业名称", "城市")


def wide_csv(columns: int) -> bytes:
    return b",".join(b"%d" % n for n in range(columns)) + b"\n" + b"," * (columns - 1) + b"\n"


def many_sheets() -> bytes:
    """An .xls whose many sheets are one: a cell at the far end, which takes the room of 16 million each time."""
    return xls(HEADINGS, *[()] * 65_534, (*[None] * 255, "x"), times=99)


def far_away(name: str) -> bytes:
    """A workbook with a cell at the far end."""
    content = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS)
    sheet[name] = "x"
    book.save(content)
    return content.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("t.csv", lambda: wide_csv(2_000_000), "more than 16,384 columns"),
        ("t.csv", lambda: b'"a",' * 2_000_000 + b"\n", "more than 16,384 columns"),
        ("t.csv.gz", lambda: wide_csv(2_000_000), "more than 16,384 columns"),
        ("t.json", lambda: json.dumps([{str(n): n for n in range(200_000)}]).encode(), "more than 16,384 columns"),
        ("t.jsonl", lambda: b"".join(b'{"%d":1}\n' % n for n in range(200_000)), "more than 16,384 columns"),
        ("t.json", lambda: b'["' + b"x" * (130 << 20) + b'"]', "t.json is larger than 128 MB"),
        ("t.json", lambda: b'[{"a":' * 5_000_000, "it is nested too deeply"),
        ("t.xlsx", lambda: far_away("XFD1048576"), "takes more than"),
        ("t.xlsx.gz", lambda: far_away("XFD1048576"), "takes more than"),
        ("t.xlsx", lambda: far_away("AF1000000"), "takes more than"),
        ("t.xls", many_sheets, "takes more than"),
        ("t.xlsb", lambda: xlsb(HEADINGS, *[()] * 1_000_000, (*[None] * 16_000, "x")), "takes more than"),
        ("t.ods", lambda: ods(HEADINGS, ["x"] * 1_000, repeated=1_000_000), "t.ods is not a sound workbook"),
    ],
    ids=["wide csv", "wide quoted csv", "wide csv.gz", "wide json", "wide jsonl", "large json", "deep json", "far xlsx",
         "far xlsx.gz", "many cells", "many sheets", "far xlsb", "repeated ods"],
)  # fmt: skip
def test_a_file_that_would_take_all_memory_is_refused_with_what_to_do(
    tmp_path: Path, name: str, data: Callable[[], bytes], said: str
) -> None:
    printed, megabytes = measured(file(tmp_path, name, data()))

    assert printed[0].startswith("SourceUnreadable")
    assert said in printed[0]
    assert megabytes < 800


def test_reading_can_be_given_up_halfway(tmp_path: Path) -> None:
    path = table(tmp_path, "t.csv.gz", {"a": [str(n) for n in range(99)]})
    parts = read(path, ReadOptions(chunk_rows=10))

    assert next(parts).rows.to_pylist() == list(range(2, 12))
    parts.close()  # type: ignore[attr-defined]
