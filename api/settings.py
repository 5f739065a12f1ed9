"""What the program takes from the environment."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Language, language_of


def system_language() -> Language:
    """The language of the system's locale where it is one of ours, else Chinese."""
    spoken = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return language_of([spoken]) or Language.ZH


_LINE: ContextVar[Sequence[str] | None] = ContextVar("line", default=None)


@contextmanager
def at_line(line: Sequence[str] | None) -> Iterator[None]:
    """While a command runs that was given these arguments; of `None` those that the program was started with."""
    token = _LINE.set(line)
    try:
        yield
    finally:
        _LINE.reset(token)


def chosen_language() -> Language:
    """The language of who is at this terminal: what `--language` of the command says, else `CORRIDOR_LANGUAGE`, else that
    of the system. It is read before the command is, whose help and refusals speak it too.
    """
    words = [word for one in _LINE.get() or sys.argv for word in one.split("=", 1)]
    asked = [after for before, after in pairwise(words) if before == "--language"]
    return language_of([*asked[-1:], os.environ.get("CORRIDOR_LANGUAGE", "")]) or system_language()


LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""Names of this machine: a page of another site that has its own name point here is not answered."""


class Settings(BaseSettings):
    """Settings, each an environment variable `CORRIDOR_…`; the user and password of Neo4j as its own tools name them."""

    model_config = SettingsConfigDict(env_prefix="CORRIDOR_", extra="ignore", populate_by_name=True)

    store: str = Field(default="ladybug://.corridor/graph.lbug", description="address of the graph")
    home: Path = Field(default=Path(".corridor"), description="folder of claims, reports and runs")
    decisions: Path | None = Field(
        default=None, description="file of people's decisions; HOME/decisions.csv if not given"
    )
    questions: Path | None = Field(default=None, description="folder of kept questions; HOME/questions if not given")
    ledger: SecretStr = Field(
        default=SecretStr(""),
        description="address of the ledger's database; HOME/ledger.sqlite if not given, `sample` for the invented year",
    )
    read_with_key: bool = Field(default=False, description="whether vouchers and settlement are read with a key only")
    host: str = "127.0.0.1"
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=LOCAL_HOSTS, description="names under which the server may be asked, with commas between them"
    )
    questions_at_once: int = Field(default=2, ge=1, le=32, description="questions that are worked on at a time")
    questions_waiting: int = Field(default=16, ge=0, description="questions that wait; others are told to come again")
    query_page: bool = Field(default=True, description="whether readers may write statements of their own")
    port: int = Field(default=8060, ge=0, le=65_535)
    timeout_seconds: float = Field(default=30.0, gt=0, allow_inf_nan=False, description="limit of one statement")
    buffer_pool_mib: int = Field(default=1024, ge=64, description="memory limit of the embedded graph")
    language: Language = Field(default_factory=system_language, description="zh or en, that of the system by default")
    neo4j_username: str | None = Field(default=None, validation_alias="NEO4J_USERNAME")
    neo4j_password: SecretStr | None = Field(default=None, validation_alias="NEO4J_PASSWORD")

    @field_validator("hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [name for part in value.split(",") if (name := part.strip())] if isinstance(value, str) else value

    @property
    def decisions_file(self) -> Path:
        """Where people's decisions are kept."""
        return self.decisions or self.home / "decisions.csv"

    @property
    def questions_folder(self) -> Path:
        """Where the questions that users keep are."""
        return self.questions or self.home / "questions"

    def open_store(self, url: str | None = None) -> GraphStore:
        """The store of the settings, or of another address. Raises `UsageError` for what is no address."""
        return open_store(
            url or self.store,
            user=self.neo4j_username,
            password=self.neo4j_password.get_secret_value() if self.neo4j_password else None,
            timeout_seconds=self.timeout_seconds,
            buffer_pool_mib=self.buffer_pool_mib,
        )
