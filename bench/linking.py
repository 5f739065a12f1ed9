"""Linking lists of companies, side by side: by one name in one province, with Splink on top, and as one would by hand.

`python -m bench.linking`, a part of `make bench`; some minutes. Two real lists are linked by name and place with their stock codes hidden, which
are the truth; then again with the names of one damaged; then a generated register of 100,000 companies with another. Each
side runs in a process of its own. Prints a table and writes `linking.json`. Needs the lists of listed companies beside the
project (`../shared/data`).
"""

import difflib
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from bench.run import ROOT, machine, peak_mib
from ingest.names import normalised_names
from ingest.places.gazetteer import gazetteer
from ingest.resolution.linking import MERGE_AT, REVIEW_AT, cut_keys, probable_pairs
from tests.ingest.companies import LISTS, exchange_list, share_list

RESULTS = Path(__file__).parent / "linking.json"
REGISTER = 100_000
FUZZY_SAMPLE = 200
"""Names looked up with difflib; all of them would take the better part of an hour."""


@dataclass
class Side:
    """What one way to link came to: pairs it would merge, those it leaves to a person, and how many of each are right.

    `truth` is how many companies are on both lists; `seconds` and `cpu_seconds` are scaled to both lists where only a
    sample was looked up.
    """

    merged: int = 0
    merged_right: int = 0
    review: int = 0
    review_right: int = 0
    truth: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0
    by_tier: dict[str, tuple[int, int]] = field(default_factory=dict)
    cut_pairs: int = 0

    @property
    def precision(self) -> float:
        """Of the pairs merged, a fraction."""
        return self.merged_right / self.merged if self.merged else 1.0

    @property
    def recall(self) -> float:
        """Of the companies on both lists, a fraction."""
        return self.merged_right / self.truth


# --- the lists: the id after the colon is the truth ------------------------------------------------------------------


def real() -> pa.Table:
    """The Shenzhen exchange's companies with their addresses, and all listed companies with their provinces."""
    return pa.concat_tables([exchange_list(), share_list()], promote_options="permissive")


def damaged() -> pa.Table:
    """The same, the names of the longer list damaged: one in five twice, one in five not at all."""
    shares = share_list()
    rng = random.Random(20_210_901)
    names = [_damaged(name, rng) for name in shares["name"].to_pylist()]
    at = shares.column_names.index("name")
    return pa.concat_tables(
        [exchange_list(), shares.set_column(at, "name", pa.array(names))], promote_options="permissive"
    )


def register() -> pa.Table:
    """Two generated registers: 60 in 100 companies are on both, their names and addresses damaged on the second."""
    both = REGISTER * 6 // 10
    rows = list(_companies(2 * REGISTER - both, random.Random(1)))
    first, second = rows[:REGISTER], [dict(row) for row in rows[REGISTER - both :]]
    rng = random.Random(2)
    for row in second:
        if rng.random() < 0.3:
            row["name"] = _damaged(row["name"], rng)
        if rng.random() < 0.2:
            row["address"] = ""
    return pa.concat_tables([_table("a", first, 0), _table("b", second, REGISTER - both)], promote_options="permissive")


def _table(dataset: str, rows: Sequence[dict[str, str]], start: int) -> pa.Table:
    ids = [f"{dataset}:{start + i:07d}" for i in range(len(rows))]
    return pa.table(
        {"record_id": ids, "dataset": [dataset] * len(rows), **pa.Table.from_pylist(list(rows)).to_pydict()}
    )


_CHARACTERS = (
    "华新金海天东方科星宏达兴盛泰安康健明光锐智联创通信恒瑞丰润泽洋龙凤祥和顺利源鑫鼎博雅凯杰伟业诚远航宇辰晨曦云峰岭松柏竹梅"
    "兰菊荷莲溪湖江河山川林森木石玉珠宝银铜铁铝钢晶芯微纳磁波声色香味茶糖油衣帽鞋车船"
)
_TRADES = (
    "机械 电子 电子科技 新材料 生物医药 精密模具 汽车部件 软件 环保设备 食品 纺织 化工 五金制品 智能装备 信息技术 建材 塑料 包装 "
    "物流 贸易 电气 光电 医疗器械 新能源 农业 家具 服饰 印刷 仪表 工程"
)
_FORMS = ("有限公司",) * 8 + ("股份有限公司", "有限责任公司")


def _companies(size: int, rng: random.Random) -> Iterator[dict[str, str]]:
    """Companies of the country's districts, some with many more than others; no two of a town have one name."""
    known = gazetteer()
    districts = [d for d in known.divisions if d.until is None and d.level == "district"]
    weights = [rng.paretovariate(1.2) for _ in districts]
    frequent = [1 / (i + 1) ** 0.7 for i in range(len(_CHARACTERS))]
    trades = _TRADES.split()
    seen: set[str] = set()
    while len(seen) < size:
        district = rng.choices(districts, weights)[0]
        above = [d for c in reversed(known.ancestors(district.code)) if (d := known.division(c))]
        core = "".join(rng.choices(_CHARACTERS, frequent, k=rng.choice((2, 2, 2, 3, 3, 4))))
        name = f"{above[-1].stem}{core}{rng.choice(trades)}{rng.choice(_FORMS)}"
        if name in seen:
            continue
        seen.add(name)
        road = "".join(rng.choices(_CHARACTERS, frequent, k=2))
        before = "".join(d.name for d in (*above, district))
        yield {"name": name, "place_code": district.code, "address": f"{before}{road}路{rng.randrange(1, 999)}号"}


def _damaged(name: str, rng: random.Random) -> str:
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        name = rng.choice(_DAMAGES)(name, rng)
    return name


def _brackets(name: str, rng: random.Random) -> str:
    return name.replace("(", "〔").replace(")", "〕") if "(" in name else name.replace("集团", "（集团）")


def _spaces(name: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(name))
    return f"{name[:at]}  {name[at:]}"


def _form(name: str, rng: random.Random) -> str:
    return name.replace("股份有限公司", rng.choice(("有限公司", "股份公司")))


def _town(name: str, rng: random.Random) -> str:
    return next(
        (name[len(town) :] for town in ("深圳市", "北京", "上海", "浙江", "江苏", "广东") if name.startswith(town)),
        name,
    )


def _generic(name: str, rng: random.Random) -> str:
    return next((name.replace(word, "", 1) for word in ("集团", "科技", "控股", "实业") if word in name), name)


def _typing_error(name: str, rng: random.Random) -> str:
    at = rng.randrange(max(1, len(name) - 6))
    return name[:at] + rng.choice(_CHARACTERS) + name[at + 1 :]


def _lost_character(name: str, rng: random.Random) -> str:
    at = rng.randrange(max(1, len(name) - 6))
    return name[:at] + name[at + 1 :]


def _exchanged(name: str, rng: random.Random) -> str:
    at = rng.randrange(max(1, len(name) - 7))
    return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]


_DAMAGES = (_brackets, _spaces, _form, _town, _generic, _typing_error, _lost_character, _exchanged)


class Clock:
    """Seconds since it was made, on the wall and of all threads of this process: other work slows the first down only."""

    def __init__(self) -> None:
        self._started = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Both."""
        return time.perf_counter() - self._started[0], time.process_time() - self._started[1]


# --- the ways to link ------------------------------------------------------------------------------------------------


def ours(lists: Callable[[], pa.Table]) -> Side:
    """One name in one province, and Splink for the rest."""
    table = lists()
    clock = Clock()
    exact = _one_name_in_one_province(table)
    pairs = probable_pairs(table).select(["left_id", "right_id", "probability"])
    taken = clock.read()
    found = pairs.to_pandas()
    first = pd.MultiIndex.from_frame(exact)
    found["tier"] = "probable"
    found.loc[pd.MultiIndex.from_frame(found[["left_id", "right_id"]]).isin(first), "tier"] = "exact"
    merged = found[found["probability"] >= MERGE_AT]
    review = found[found["probability"] < MERGE_AT]
    side = _side(table, merged, taken)
    side.review, side.review_right = len(review), int(_right(review).sum())
    side.by_tier = {
        "one name in one province": (len(exact), int(_right(exact).sum())),
        "probable, beside": (
            int((merged["tier"] == "probable").sum()),
            int(_right(merged[merged["tier"] == "probable"]).sum()),
        ),
    }
    side.cut_pairs = sum(cut.pairs for cut in cut_keys(pairs))
    return side


def _one_name_in_one_province(table: pa.Table) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "id": table["record_id"].to_pylist(),
            "dataset": table["dataset"].to_pylist(),
            "name": normalised_names(table["name"]).to_pylist(),
            "province": pc.utf8_slice_codeunits(table["place_code"], 0, 2).to_pylist(),
        }
    ).dropna()
    return _joined(frame, ["name", "province"])


def by_raw_name(lists: Callable[[], pa.Table]) -> Side:
    """A join on the names as they are written, which most would write first."""
    table = lists()
    clock = Clock()
    frame = table.select(["record_id", "dataset", "name"]).to_pandas().set_axis(["id", "dataset", "name"], axis=1)
    pairs = _joined(frame, ["name"])
    return _side(table, pairs, clock.read())


def by_likeness(lists: Callable[[], pa.Table]) -> Side:
    """The most alike name of the other list, from a ratio of 0.9, for a sample; place unasked, as in most recipes."""
    table = lists()
    frame = table.select(["record_id", "dataset", "name"]).to_pandas()
    first = frame["dataset"].iloc[0]
    left, right = frame[frame["dataset"] == first], frame[frame["dataset"] != first]
    sample = left.sample(FUZZY_SAMPLE, random_state=1)
    ids = dict(zip(right["name"], right["record_id"], strict=True))
    clock = Clock()
    best = [
        (i, difflib.get_close_matches(name, ids, n=1, cutoff=0.9))
        for i, name in zip(sample["record_id"], sample["name"], strict=True)
    ]
    taken = tuple(part * len(left) / len(sample) for part in clock.read())
    pairs = pd.DataFrame([(i, ids[names[0]]) for i, names in best if names], columns=["left_id", "right_id"])
    side = _side(table, pairs, taken)
    side.truth = len(set(_truth(sample["record_id"])) & set(_truth(right["record_id"])))
    return side


def _joined(frame: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    first = frame["dataset"].iloc[0]
    pairs = frame[frame["dataset"] == first].merge(frame[frame["dataset"] != first], on=on)
    ids = pairs[["id_x", "id_y"]].to_numpy()
    ids.sort(axis=1)
    return pd.DataFrame(ids, columns=["left_id", "right_id"])


def _side(table: pa.Table, merged: pd.DataFrame, taken: Sequence[float]) -> Side:
    ids = table.select(["record_id", "dataset"]).to_pandas()
    lists = [set(_truth(of_one)) for _, of_one in ids.groupby("dataset")["record_id"]]
    return Side(
        merged=len(merged), merged_right=int(_right(merged).sum()), truth=len(lists[0] & lists[1]),
        seconds=taken[0], cpu_seconds=taken[1], peak_mib=peak_mib(),
    )  # fmt: skip


def _right(pairs: pd.DataFrame) -> pd.Series:
    return _truth(pairs["left_id"]) == _truth(pairs["right_id"])


def _truth(ids: pd.Series) -> pd.Series:
    return ids.str.split(":").str[1]


# --- the table -------------------------------------------------------------------------------------------------------

SIDES: tuple[tuple[str, Callable[[], pa.Table], str, Callable[[Callable[[], pa.Table]], Side]], ...] = (
    ("two real lists", real, "ours", ours),
    ("two real lists", real, "join on the raw name", by_raw_name),
    ("two real lists", real, f"difflib, {FUZZY_SAMPLE} names", by_likeness),
    ("one of them damaged", damaged, "ours", ours),
    ("one of them damaged", damaged, "join on the raw name", by_raw_name),
    ("one of them damaged", damaged, f"difflib, {FUZZY_SAMPLE} names", by_likeness),
    (f"generated, {REGISTER:,} × {REGISTER:,}", register, "ours", ours),
    (f"generated, {REGISTER:,} × {REGISTER:,}", register, "join on the raw name", by_raw_name),
)


def measured() -> list[tuple[str, str, Side]]:
    """All sides, each in a new process, one after another."""
    found = []
    for lists, load, way, link in SIDES:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            found.append((lists, way, pool.submit(link, load).result()))
    return found


def table(sides: Sequence[tuple[str, str, Side]]) -> Table:
    """One row a side: what it merges, how much of that is right and of all there is, what it leaves to a person."""
    shown = Table(
        "lists",
        "way",
        "merged",
        "precision",
        "recall",
        "review",
        "of these right",
        "s",
        "CPU s",
        "MiB",
        title=machine(),
    )
    for column in shown.columns[2:]:
        column.justify = "right"
    for lists, way, side in sides:
        has_review = way == "ours"
        shown.add_row(
            lists, way, f"{side.merged:,}", f"{side.precision:.3%}", f"{side.recall:.2%}",
            f"{side.review:,}" if has_review else "—", f"{side.review_right:,}" if has_review else "—",
            f"{side.seconds:,.1f}", f"{side.cpu_seconds:,.1f}", f"{side.peak_mib:,.0f}",
        )  # fmt: skip
        for tier, (merged, right) in side.by_tier.items():
            shown.add_row(
                "", f"  {tier}", f"{merged:,}", f"{right / merged:.3%}" if merged else "—", f"{right / side.truth:.2%}"
            )
    return shown


def main() -> int:
    """Measure, print, write. The exit code is 1 where the goal is missed, else 0, also without the lists."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    if not LISTS.exists():
        console.print("The lists of listed companies are absent: ../shared/data.")
        return 0
    sides = measured()
    console.print(table(sides))
    goal = sides[0][2]
    reached = goal.precision >= 0.995 and goal.recall >= 0.95
    console.print(f"goal: precision ≥ 99.5 %, recall ≥ 95 %: {'reached' if reached else 'missed'}")
    found = {
        "machine": machine(), "merge_at": MERGE_AT, "review_at": REVIEW_AT,
        "sides": [{"lists": lists, "way": way, **asdict(side)} for lists, way, side in sides],
    }  # fmt: skip
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(str(RESULTS.relative_to(ROOT)))
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
