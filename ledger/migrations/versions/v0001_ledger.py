"""Entries, what they make, and triggers that refuse to change or take away an entry or an obligation."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_APPEND_ONLY = ("entries", "obligations")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _number(name: str, **more: bool) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False, **more)  # type: ignore[arg-type]


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True, nullable=False)


def _year() -> sa.Column[int]:
    return sa.Column("year", sa.Integer, primary_key=True, nullable=False, autoincrement=False)


def upgrade() -> None:
    """Make the tables of the first version."""
    op.create_table(
        "entries", _number("number", primary_key=True),
        *_texts("at", "kind", "subject", "actor", "request", "asked", "body", "previous", "hash"),
        sa.UniqueConstraint("previous", name="one_successor"),
    )  # fmt: skip
    op.create_table(
        "obligations", _number("entry", primary_key=True), *_texts("period", "debtor", "creditor"), _number("amount_fen"),
        sa.CheckConstraint("amount_fen > 0 AND debtor <> creditor", name="is_owed"),
    )  # fmt: skip
    op.create_table(
        "vouchers", _key("id"), _number("issued_by"), *_texts("office", "holder", "holder_name", "holder_place", "holder_kind", "mode", "rules"),
        sa.Column("year", sa.Integer, nullable=False), _number("amount_fen"), *_texts("valid_from", "expires_on", "status"),
        _number("paid_fen"), *_texts("institution", "institution_name", "institution_place", "service", "period"),
        _number("ended_by"),
        sa.CheckConstraint("amount_fen > 0 AND paid_fen BETWEEN 0 AND amount_fen", name="is_paid_within"),
    )  # fmt: skip
    op.create_table(
        "budgets", _key("office"), _year(), _number("amount_fen"), _number("committed_fen"),
        sa.CheckConstraint("committed_fen BETWEEN 0 AND amount_fen", name="is_within_budget"),
    )  # fmt: skip
    op.create_table("holders", _key("holder"), _year(), _number("committed_fen"))
    op.create_table("periods", _key("period"), _number("entry"), *_texts("statement"))
    op.create_table(
        "keys", _key("name"), *_texts("hash", "scopes"), _number("made_by"), _number("revoked_by"),
    )  # fmt: skip
    of_requests = sa.text("request <> ''")
    op.create_index(
        "one_request",
        "entries",
        ["actor", "request"],
        unique=True,
        sqlite_where=of_requests,
        postgresql_where=of_requests,
    )
    op.create_index("entries_of", "entries", ["subject"])
    op.create_index("vouchers_by_state", "vouchers", ["status", "expires_on"])
    op.create_index("vouchers_of_office", "vouchers", ["office", "issued_by"])
    op.create_index("vouchers_issued", "vouchers", ["issued_by"], unique=True)
    op.create_index("obligations_of", "obligations", ["period", "debtor", "creditor"])
    op.create_index("keys_by_hash", "keys", ["hash"], unique=True)
    for statement in _refusals(op.get_bind().dialect.name):
        op.execute(statement)


def _refusals(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} can only be added to'); END"
            for table in _APPEND_ONLY for act in ("UPDATE", "DELETE")
        ]  # fmt: skip
    function = (
        "CREATE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% can only be added to', TG_TABLE_NAME; END $$"
    )
    triggers = [
        f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION only_added()"
        for table in _APPEND_ONLY
    ]
    return [function, *triggers]
