"""The shipped rules of vouchers, and what is no rule file."""

from datetime import date
from pathlib import Path

import pytest

from graph.errors import RuleError, UnknownName
from graph.rules import rule_files
from ledger.rules import HolderKind, days_of, voucher_rules

SHIPPED = Path(__file__).parents[2] / "graph" / "rules"


def test_each_number_of_the_shipped_rules_has_a_source_or_is_an_assumption() -> None:
    names = [found.name for found in rule_files("voucher")]
    assert {"shanghai-1", "shanghai-2", "delta-2021"} <= {*names}
    for name in names:
        assert voucher_rules(name).catalogue
    assert voucher_rules("shanghai-1").ceiling_fen(HolderKind.FIRM) == 50_000_000
    assert voucher_rules("shanghai-2").ceiling_fen(HolderKind.FIRM) == 30_000_000
    assert "share_of_contract" not in voucher_rules("shanghai-1").unsourced()
    assert {"validity_days", "modes.1", "catalogue.design"} <= {*voucher_rules("shanghai-1").unsourced()}


@pytest.mark.parametrize(
    ("before", "after", "line", "why"),
    [
        ("share_of_contract: {value: 0.5", "share_of_contract: {value: 1.5", 9, "at most 1"),
        ("payout_months: {value: 3", "payout_months: {value: 2", 10, "1, 3 or 12"),
        ("firm_ceiling_cny: {value: 500000", "firm_ceiling_cny: {value: -1", 6, "negative"),
        ("firm_ceiling_cny: {value: 500000", "firm_ceiling_cny: {value: 1.0e+300", 6, "at most 1000000000000"),
        ("firm_ceiling_cny: {value: 500000", "firm_ceiling_cny: {value: 0.001", 6, "whole fen"),
        ("validity_days: {value: 365", "validity_days: {value: 3000000", 11, "at most 36500"),
        ("validity_days: {value: 365", "validity_days: {value: 0.5", 11, "whole number"),
        ("team_members_min: {value: 3", "team_members_min: {value: 2.5", 8, "whole number"),
        ("services: {value: 14", "services: {value: 1.0e+300", 13, "at most"),
        ("note: 每年", "issued_on: 1700000000\nnote: 每年", 4, "a day"),
        ("counts:", "conuts:", 12, "conuts"),
        ('issuer: "place:310000"', 'issuer: "310000"', 22, "issuer"),
        ("modes: [tongyong, tongdui]", "modes: [barter]", 22, "modes"),
        (
            '{place: "place:310000", status: assumption, note: 机',
            '{place: "place:310000", valid_from: 2026-02-01, valid_to: 2026-01-01, status: assumption, note: 机',
            20,
            "2026-02-01",
        ),
        (
            'place: "place:310000", status: sourced, source: 10100.com/article/58902770',
            'place: "place:310000", status: sourced',
            16,
            "source",
        ),
    ],
)
def test_a_mistake_in_a_rule_file_is_named_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, why: str
) -> None:
    text = (SHIPPED / "voucher-shanghai-1.yaml").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "voucher-own.yaml").write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(RuleError) as error:
        voucher_rules("own", tmp_path)
    assert why in str(error.value)
    said = int(str(error.value).split("voucher-own.yaml:")[1].split(":")[0])
    assert abs(said - line) <= 2, str(error.value)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    own = tmp_path / "voucher-own.yaml"
    text = (SHIPPED / "voucher-shanghai-1.yaml").read_text(encoding="utf-8")
    own.write_text(text, encoding="utf-8")
    assert voucher_rules("own", tmp_path).ceiling_fen(HolderKind.FIRM) == 50_000_000
    own.write_text(text.replace("500000", "70000"), encoding="utf-8")
    assert voucher_rules("own", tmp_path).ceiling_fen(HolderKind.FIRM) == 7_000_000


def test_a_name_that_is_no_rule_proposes_others() -> None:
    with pytest.raises(UnknownName, match="shanghai-2"):
        voucher_rules("shanghai")


@pytest.mark.parametrize("period", ["2026Q5", "2026-13", "26", "2026Q", "2026-1", "2026Q02"])
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(ValueError):
        days_of(period)


def test_an_exact_share_of_whole_fen() -> None:
    rules = voucher_rules("shanghai-1")
    assert [rules.most_of_contract_fen(fen) for fen in (1, 2, 3, 10**17 + 1)] == [0, 1, 1, 5 * 10**16]
    assert rules.expiry(date(2026, 1, 1)) == date(2027, 1, 1)
