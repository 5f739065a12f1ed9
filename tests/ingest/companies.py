"""Lists of companies for tests of linking: written in the test, generated from a seed, or read beside the project."""

import csv
import json
import random
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from ingest.places.places import placed

Row = dict[str, object]

LISTS = Path(__file__).parents[3] / "shared" / "data" / "listed-companies"

SCHEMA = pa.schema(
    [
        ("record_id", pa.string()), ("dataset", pa.string()), ("name", pa.string()), ("short_name", pa.string()),
        ("former_names", pa.list_(pa.string())), ("place_code", pa.string()), ("address", pa.string()),
        ("stock_code", pa.string()), ("uscc", pa.string()), ("listed_on", pa.string()),
    ]
)  # fmt: skip

_CORES = (
    "华新金海天东方科星宏达兴盛泰安康健明光锐智联创恒瑞丰润泽洋龙凤祥和利源鑫鼎博雅凯杰伟诚远航宇辰晨曦云峰松柏竹梅"
)
_TRADES = ("机械", "电子科技", "新材料", "生物医药", "精密模具", "汽车部件", "软件", "环保设备")
_TOWNS = (
    ("310117", "上海", "上海市松江区"), ("330106", "杭州", "浙江省杭州市西湖区"), ("330782", "义乌", "浙江省义乌市"),
    ("320583", "昆山", "江苏省昆山市"), ("340207", "芜湖", "安徽省芜湖市鸠江区"), ("341802", "宣城", "安徽省宣城市宣州区"),
)  # fmt: skip


def records(*rows: Row) -> pa.Table:
    """A list of records, one for each row, with whatever columns they have."""
    return pa.Table.from_pylist([{"dataset": str(row["record_id"])[0], **row} for row in rows], SCHEMA)


def generated(size: int, seed: int, dataset: str = "a") -> pa.Table:
    """Companies of six towns, each with its own name, house and record_id."""
    rng = random.Random(seed)
    rows: dict[str, Row] = {}
    while len(rows) < size:
        code, town, before = rng.choice(_TOWNS)
        name = f"{town}{''.join(rng.choices(_CORES, k=3))}{rng.choice(_TRADES)}有限公司"
        address = f"{before}{''.join(rng.choices(_CORES, k=2))}路{rng.randrange(1, 900)}号"
        rows.setdefault(name, {"name": name, "address": address, "place_code": code})
    return pa.Table.from_pylist(
        [{"record_id": f"{dataset}{i:05d}", "dataset": dataset, **row} for i, row in enumerate(rows.values())], SCHEMA
    )


def retyped(table: pa.Table, dataset: str, seed: int) -> pa.Table:
    """The same companies on another list, one name in five with another character, and one address in five lost."""
    rng = random.Random(seed)
    rows = table.to_pylist()
    for row in rows:
        row["record_id"], row["dataset"] = f"{dataset}{row['record_id'][1:]}", dataset
        if rng.random() < 0.2:
            at = rng.randrange(2, 5)
            row["name"] = row["name"][:at] + rng.choice(_CORES) + row["name"][at + 1 :]
        if rng.random() < 0.2:
            row["address"] = None
    return pa.Table.from_pylist(rows, SCHEMA)


def exchange_list() -> pa.Table:
    """The Shenzhen exchange's list, its stock codes as record ids `s:…`."""
    rows = list(csv.DictReader((LISTS / "szse_a_share_list_2025.csv").open(encoding="utf-8")))
    columns = {name: [row[name] for row in rows] for name in ("注册地址", "省份", "城市")}
    address, province, city = (pa.array(column) for column in columns.values())
    return _listed(
        "s", [row["A股代码"] for row in rows], [row["公司全称"] for row in rows],
        placed(address=address, province=province, city=city)["code"], address,
    )  # fmt: skip


def share_list() -> pa.Table:
    """The list of listed companies with their provinces, its stock codes as record ids `g:…`."""
    data = json.loads((LISTS / "go-stock.stock_basic.json").read_text(encoding="utf-8"))["data"]
    rows = [dict(zip(data["fields"], item, strict=True)) for item in data["items"]]
    places = placed(province=pa.array([row["area"] for row in rows], pa.string()))["code"]
    return _listed("g", [row["symbol"] for row in rows], [row["fullname"] for row in rows], places)


def _listed(
    dataset: str, codes: Sequence[str], names: Sequence[str], places: pa.ChunkedArray, address: pa.Array | None = None
) -> pa.Table:
    return pa.table(
        {
            "record_id": [f"{dataset}:{code}" for code in codes],
            "dataset": [dataset] * len(codes),
            "name": names,
            "place_code": places,
            "address": pa.nulls(len(codes), pa.string()) if address is None else address,
        }
    )
