"""Cities of the listed companies, by source: how many companies each gives one, and how many of these are right.

`python -m bench.placing`, a part of `make bench`; seconds. What the Shenzhen exchange says in its columns of province and city
is the truth; the other half of the market has no such list, so that only how many are placed is counted there. Needs the lists
of listed companies beside the project (`../shared/data`).
"""

import csv
import sys
from collections.abc import Sequence

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from ingest.places.places import placed
from ingest.resolution.comparable import prefecture
from tests.ingest.companies import LISTS, share_list

Cities = Sequence[str | None]
GOAL = 0.99


def cities(**columns: pa.Array) -> Cities:
    """The prefecture of each row, as far as its columns say one; columns as those of `placed`."""
    return [code and prefecture(code) for code in placed(**columns)["code"].to_pylist()]


def judged(found: Cities, truth: Cities) -> tuple[int, int, int]:
    """How many rows have a city, how many of these can be judged, and how many are right."""
    known = [(one, right) for one, right in zip(found, truth, strict=True) if one and right]
    return sum(one is not None for one in found), len(known), sum(one == right for one, right in known)


def sources() -> list[tuple[str, Cities, Cities]]:
    """What is asked, the cities that it gives, and those that are right, where that is known."""
    with (LISTS / "szse_a_share_list_2025.csv").open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    address, name, province, city = (
        pa.array([row[column] for row in listed]) for column in ("注册地址", "公司全称", "省份", "城市")
    )
    truth = cities(province=province, city=city)
    shares = share_list()
    by_exchange = dict(zip((row["A股代码"].strip() for row in listed), truth, strict=True))
    codes = [one.partition(":")[2][:6] for one in shares["record_id"].to_pylist()]
    of_shares = [by_exchange.get(code) for code in codes]
    area = shares["place_code"]
    by_area, by_name = cities(code=area), cities(code=area, name=shares["name"])
    addressed = dict(zip(by_exchange, cities(address=address, province=province), strict=True))
    together = [addressed.get(code) or one for code, one in zip(codes, by_name, strict=True)]
    return [
        ("exchange: registered address", cities(address=address, province=province), truth),
        ("exchange: name within the province", cities(province=province, name=name), truth),
        ("all listed: area (a province, or a city that is one)", by_area, of_shares),
        ("all listed: area, then name", by_name, of_shares),
        ("all listed: address, else area, then name", together, of_shares),
    ]


def main() -> int:
    """Measure and print. The exit code is 1 where a source is right less often than `GOAL`, else 0, also without the lists."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    if not LISTS.exists():
        console.print("The lists of listed companies are absent: ../shared/data.")
        return 0
    shown = Table(
        "source", "companies", "with a city", "recall", "judged", "precision", title="Cities of the listed companies"
    )
    worst = 1.0
    for source, found, truth in sources():
        placed_, known, right = judged(found, truth)
        worst = min(worst, right / known)
        shown.add_row(
            source,
            f"{len(found):,}",
            f"{placed_:,}",
            f"{placed_ / len(found):.1%}",
            f"{known:,}",
            f"{right / known:.2%}",
        )
    console.print(shown)
    return 0 if worst >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
