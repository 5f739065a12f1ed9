"""A made-up but real-looking subgraph for the picture's tests: a chip chain of five tiers with makers and technologies."""

from datetime import date

from graph.model import Edge, Node, Subgraph, Value, edge_id
from graph.ontology import NODE_TYPE

# tier | products
_PRODUCTS = """
quartz 高纯石英砂 high-purity quartz sand
polysilicon 电子级多晶硅 electronic-grade polysilicon
resin 光刻胶树脂 photoresist resin
lens 物镜系统 projection lens
photoresist ArF浸没式光刻胶 ArF immersion photoresist
wafer 12英寸硅片 300 mm wafer
gas 电子特气 electronic specialty gas
target 高纯溅射靶材 sputtering target
scanner 光刻机 lithography scanner
etcher 刻蚀机 etcher
slurry CMP抛光液 CMP slurry
foundry 晶圆代工 wafer foundry
eda EDA软件 EDA software
mcu 车规级MCU automotive MCU
igbt IGBT模块 IGBT module
cis 图像传感器 image sensor
controller 整车域控制器 domain controller
inverter 主驱逆变器 traction inverter
"""
_INPUTS = """
quartz>polysilicon quartz>lens polysilicon>wafer resin>photoresist lens>scanner wafer>foundry photoresist>foundry
gas>foundry target>foundry scanner>foundry etcher>foundry slurry>foundry gas>etcher eda>foundry foundry>mcu
foundry>igbt foundry>cis wafer>igbt mcu>controller cis>controller igbt>inverter mcu>inverter
"""
_MAKERS = """
quartz 石英股份 太平洋石英
polysilicon 黄河水电 鑫华半导体 协鑫科技
resin 徐州博康 强力新材
lens 国望光学 茂莱光学
photoresist 南大光电 上海新阳 彤程新材
wafer 沪硅产业 立昂微 中环领先
gas 华特气体 金宏气体 中船特气
target 江丰电子 有研新材
scanner 上海微电子
etcher 中微公司 北方华创
slurry 安集科技
foundry 中芯国际 华虹公司 晶合集成
eda 华大九天 概伦电子
mcu 杰发科技 芯旺微电子 兆易创新
igbt 斯达半导 士兰微 时代电气
cis 韦尔股份 格科微
controller 德赛西威 经纬恒润
inverter 汇川联合动力 阳光电动力
"""
_TECHNOLOGIES = """
scanner 浸没式光刻 immersion lithography
photoresist 光刻胶单体合成 monomer synthesis
etcher 等离子体源设计 plasma source design
wafer 直拉单晶生长 Czochralski growth
eda 时序签核 timing sign-off
igbt 沟槽栅场截止 trench field stop
"""


def node(node_id: str, label: str, name: str, **properties: Value) -> Node:
    """A node with what every one must have."""
    return Node(
        node_id, label, {"name_zh": name, "source_ids": ("source:survey",), "as_of": date(2024, 12, 31), **properties}
    )


def edge(edge_type: str, from_id: str, to_id: str, **properties: Value) -> Edge:
    """An edge with what every one must have."""
    common: dict[str, Value] = {"source_ids": ("source:survey",), "as_of": date(2024, 12, 31), "status": "documented"}
    return Edge(edge_id(edge_type, from_id, to_id), edge_type, from_id, to_id, {**common, **properties})


SOURCES = {
    "source:survey": Node(
        "source:survey", "Source",
        {"name_zh": "G60科创走廊集成电路产业链调研报告", "publisher": "长三角G60办", "kind": "survey", "as_of": date(2021, 3, 1)},
    ),
    "source:report": Node(
        "source:report", "Source",
        {"name_zh": "2023年年度报告", "publisher": "中微公司", "kind": "annual_report",
         "url": "https://example.com/report.pdf", "as_of": date(2024, 3, 19)},
    ),
}  # fmt: skip


def chip_chain() -> Subgraph:
    """64 nodes: 18 products in five and more tiers, their makers, six technologies and two institutes."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    for line in _PRODUCTS.split("\n")[1:-1]:
        key, zh, en = line.split(" ", 2)
        nodes.append(
            node(f"product:{key}", "Product", zh, name_en=en, recovery_days=90.0 if key == "scanner" else None)
        )
    for pair in _INPUTS.split():
        a, b = pair.split(">")
        edges.append(
            edge(
                "INPUT_OF",
                f"product:{a}",
                f"product:{b}",
                input_class=2,
                status="inferred" if a == "gas" else "documented",
                confidence=0.7 if a == "gas" else 1.0,
            )
        )
    for line in _MAKERS.split("\n")[1:-1]:
        key, *names = line.split()
        for rank, name in enumerate(names, 1):
            nodes.append(
                node(
                    f"enterprise:{name}",
                    "Enterprise",
                    f"{name}有限公司",
                    short_name=name,
                    is_listed=rank == 1,
                    stock_code="688012.SH" if name == "中微公司" else None,
                )
            )
            inferred = rank == 3
            edges.append(
                edge(
                    "MAKES",
                    f"enterprise:{name}",
                    f"product:{key}",
                    share=round(0.5 / rank, 2),
                    share_basis="value",
                    rank=rank,
                    status="inferred" if inferred else "documented",
                    confidence=0.8 if inferred else 1.0,
                    source_ids=("source:report", "source:survey"),
                    evidence=f"年报称公司主营{key}，报告期内实现批量供货。",
                )
            )
    for line in _TECHNOLOGIES.split("\n")[1:-1]:
        key, zh, en = line.split(" ", 2)
        nodes.append(node(f"technology:{key}", "Technology", zh, name_en=en, is_key=True, foreign_share=0.85))
        edges.append(edge("NEEDS", f"product:{key}", f"technology:{key}", level=6))
    nodes.append(node("institute:fudan", "Institute", "复旦大学", kind="university"))
    nodes.append(node("institute:siom", "Institute", "上海光机所", kind="research_institute"))
    edges += [
        edge("RESEARCHES", "institute:siom", "technology:scanner", level=5),
        edge("RESEARCHES", "institute:fudan", "technology:eda", level=5),
        edge("MASTERS", "enterprise:上海微电子", "technology:scanner", level=6, status="inferred", confidence=0.6),
        edge("MASTERS", "enterprise:中微公司", "technology:etcher", level=8),
        edge("SUPPLIES", "enterprise:中微公司", "enterprise:中芯国际", amount_10k_cny=125000.0),
    ]
    assert all(n.label in NODE_TYPE for n in nodes)
    return Subgraph.of(nodes, edges, total_nodes=312)


CRITICAL = {
    edge_id("MAKES", "enterprise:上海微电子", "product:scanner"),
    edge_id("MAKES", "enterprise:安集科技", "product:slurry"),
}
