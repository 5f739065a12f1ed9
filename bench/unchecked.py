"""What someone without corridor would write to have ChainKnowledgeGraph as a graph: pandas, and a COPY or networkx.

`python -m bench.unchecked ladybug|networkx FOLDER [FILE]`, so that each has a process, and a peak of memory, of its own.
Nothing is checked: a company is looked up by six digits of its code, rows whose ends are not there are dropped unseen,
a name that stands twice keeps the first row, and what was dropped is not said.
"""

import sys
from pathlib import Path

import pandas as pd

_TABLES = (
    "company",
    "industry",
    "product",
    "company_industry",
    "industry_industry",
    "company_product",
    "product_product",
)


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Each file as pandas reads it, codes as text."""
    return {name: pd.read_json(folder / f"{name}.json", lines=True, dtype=False) for name in _TABLES}


def edges(given: dict[str, pd.DataFrame]) -> list[tuple[str, str, str, pd.DataFrame]]:
    """Name, labels and rows of each kind of edge; the first two columns are its ends."""
    companies = given["company"].assign(digits=given["company"]["code"].str[:6]).drop_duplicates("digits")
    names = companies.set_index("digits")["fullname"]

    def of_companies(table: str, *columns: str) -> pd.DataFrame:
        rows = given[table]
        return rows.assign(company=rows["company_code"].str[:6].map(names))[["company", *columns]].dropna()

    above = given["industry_industry"][["from_code", "to_code"]]
    return [
        ("IN_INDUSTRY", "Company", "Industry", of_companies("company_industry", "industry_code")),
        ("PART_OF", "Industry", "Industry", above),
        ("MAKES", "Company", "Product", of_companies("company_product", "product_name", "rel_weight")),
        ("RELATES", "Product", "Product", given["product_product"][["from_entity", "to_entity", "rel"]]),
    ]


def into_ladybug(folder: Path, file: Path) -> None:
    """One COPY a table."""
    import ladybug

    given = tables(folder)
    nodes = {
        "Company": given["company"][["fullname", "name", "code"]].drop_duplicates("fullname"),
        "Industry": given["industry"][["code", "name"]].drop_duplicates("code"),
        "Product": given["product"][["name"]].dropna().drop_duplicates(),
    }
    keys = {label: set(rows.iloc[:, 0]) for label, rows in nodes.items()}
    connection = ladybug.Connection(ladybug.Database(str(file)))
    for label, rows in nodes.items():
        columns = ", ".join(f"{name} STRING" for name in rows)
        connection.execute(f"CREATE NODE TABLE {label} ({columns}, PRIMARY KEY ({rows.columns[0]}))")
        connection.execute(f"COPY {label} FROM rows")
    for name, start, end, found in edges(given):
        rows = found[found.iloc[:, 0].isin(keys[start]) & found.iloc[:, 1].isin(keys[end])]
        properties = "".join(f", {column} {_TYPES[column]}" for column in rows.columns[2:])
        connection.execute(f"CREATE REL TABLE {name} (FROM {start} TO {end}{properties})")
        connection.execute(f"COPY {name} FROM rows")


_TYPES = {"rel_weight": "DOUBLE", "rel": "STRING"}


def into_networkx(folder: Path) -> None:
    """One graph in memory."""
    import networkx as nx

    given = tables(folder)
    graph: nx.MultiDiGraph[tuple[str, str]] = nx.MultiDiGraph()
    for table, label, key in (("company", "Company", "fullname"), ("industry", "Industry", "code"), ("product", "Product", "name")):  # fmt: skip
        for row in given[table].to_dict("records"):
            graph.add_node((label, row[key]), **{str(name): value for name, value in row.items()})
    for name, start, end, rows in edges(given):
        for a, b, *_ in rows.itertuples(index=False):
            graph.add_edge((start, a), (end, b), type=name)


if __name__ == "__main__":
    if sys.argv[1] == "ladybug":
        into_ladybug(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        into_networkx(Path(sys.argv[2]))
