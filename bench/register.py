"""A register of any size as files in corridor's own layout, and how it is drawn: equal for equal sizes.

Of n links, n / 5 are enterprises in places (LOCATED_IN), half of them what they make (MAKES), the rest what goes into
what (INPUT_OF); products are n / 25. Names are of Chinese characters, all different, and codes have their check digit.
"""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ingest.places.gazetteer import gazetteer

_SOURCE = "source:register"
_AS_OF = date(2024, 12, 31)
_CHARACTERS = (
    "华新金海天东方科星宏达兴盛泰安康健明光锐智联创通信恒瑞丰润泽洋龙凤祥和顺利源鑫鼎博雅凯杰伟业诚远航宇辰曦云峰岭松"
)
_TRADES = [
    "机械",
    "电子",
    "新材料",
    "生物医药",
    "精密模具",
    "汽车部件",
    "软件",
    "环保设备",
    "纺织",
    "化工",
    "智能装备",
    "信息技术",
    "建材",
    "光电",
    "医疗器械",
    "新能源",
]
_GOODS = [
    "轴承",
    "树脂",
    "芯片",
    "传感器",
    "薄膜",
    "阀门",
    "电机",
    "涂料",
    "钢板",
    "晶圆",
    "连接器",
    "催化剂",
    "试剂",
    "模组",
    "电缆",
    "泵",
]
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
"""GB 32100: the check character makes the weighted sum of all a multiple of 31."""

_Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


def write_register(folder: Path, links: int, seed: int = 1) -> int:
    """Write the files; how many rows they have."""
    folder.mkdir(parents=True)
    draw = np.random.default_rng(seed)
    firms, products = links // 5, links // 25
    towns = [d for d in gazetteer().divisions if d.level == "district" and d.until is None]
    at = draw.zipf(1.2, firms) % len(towns)
    firm_ids, product_ids = _ids("enterprise:r", firms), _ids("product:r", products)
    stems, goods = pa.array([d.stem for d in towns]), _drawn(draw, products, 4)
    tables = {
        "sources": pa.table({"id": [_SOURCE], "name_zh": ["企业名录"], "kind": ["dataset"], "as_of": [_AS_OF]}),
        "enterprises": _stated(
            id=firm_ids,
            name_zh=_joined(stems.take(pa.array(at)), _drawn(draw, firms, 4), _some(_TRADES, draw, firms), "有限公司"),
            uscc=_usccs(pa.array([d.code for d in towns]).take(pa.array(at)), firms),
            registered_capital_10k_cny=pa.array(draw.integers(10, 100_000, firms)),
        ),
        "products": _stated(id=product_ids, name_zh=_joined(goods, _some(_GOODS, draw, products))),
        "located_in": _claimed(firm_ids, pa.array([f"place:{d.code}" for d in towns]).take(pa.array(at))),
        "makes": _claimed(*_pairs(draw, firm_ids, product_ids, links // 2)),
        "input_of": _claimed(*_pairs(draw, product_ids, product_ids, links - firms - links // 2)),
    }
    for name, table in tables.items():
        pyarrow.csv.write_csv(table, str(folder / f"{name}.csv"))
    return sum(table.num_rows for table in tables.values())


def _stated(**columns: pa.Array) -> pa.Table:
    size = len(columns["id"])
    return pa.table({**columns, "source_ids": pa.repeat(_SOURCE, size), "as_of": pa.repeat(pa.scalar(_AS_OF), size)})


def _claimed(from_id: pa.Array, to_id: pa.Array) -> pa.Table:
    size = len(from_id)
    evidence = _joined("名录第", _text(np.arange(size) % 9_973), "页")
    stated = _stated(id=from_id, to_id=to_id, status=pa.repeat("documented", size), evidence=evidence)
    return stated.append_column("confidence", pa.array(np.arange(size) % 50 / 100 + 0.5)).rename_columns(
        {"id": "from_id"}
    )


def _pairs(draw: np.random.Generator, starts: pa.Array, ends: pa.Array, wanted: int) -> tuple[pa.Array, pa.Array]:
    """Different pairs, none of a thing with itself, a few hubs among them."""
    size = np.int64(len(ends))
    found = np.array([], dtype=np.int64)
    while len(found) < wanted:
        start, end = draw.integers(0, len(starts), wanted), (draw.beta(0.3, 1.0, wanted) * size).astype(np.int64)
        found = np.unique(np.concatenate((found, (start * size + end)[start != end])))
    found = np.sort(draw.choice(found, wanted, replace=False))
    return starts.take(pa.array(found // size)), ends.take(pa.array(found % size))


def _ids(start: str, size: int) -> pa.Array:
    return _joined(start, pc.utf8_lpad(_text(np.arange(size)), 7, "0"))


def _drawn(draw: np.random.Generator, size: int, length: int) -> pa.Array:
    """Different words of so many characters, in no order."""
    base = len(_CHARACTERS)
    number = draw.permutation(size).astype(np.int64) * (base**length // size)
    characters = pa.array(list(_CHARACTERS))
    return _joined(*(characters.take(pa.array(number // base**place % base)) for place in range(length)))


def _some(words: list[str], draw: np.random.Generator, size: int) -> pa.Array:
    return pa.array(words).take(pa.array(draw.integers(0, len(words), size)))


def _usccs(towns: pa.Array, size: int) -> pa.Array:
    """Codes of companies (91), of the town that registered each, numbered."""
    bare = _joined("91", towns, pc.utf8_lpad(_text(np.arange(size)), 9, "0"))
    digits = np.frombuffer(pc.cast(bare, pa.binary()).cast(pa.binary(17)).buffers()[1], dtype=np.uint8)
    check = -((digits.reshape(size, 17).astype(np.int64) - ord("0")) @ _WEIGHTS) % 31
    return _joined(bare, pa.array(list(_CODE)).take(pa.array(check)))


def _text(numbers: _Numbers) -> pa.Array:
    return pa.array(numbers, pa.int64()).cast(pa.string())


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")
