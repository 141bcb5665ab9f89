"""The installation is a folder. This names everything in it."""

import os
import re
import tomllib
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from tenure.base.errors import BadDefinition

DEFAULT_FOLDER = "tenure-home"


@dataclass(frozen=True, slots=True)
class Company:
    """What the operator says of their own company, in `tenure.toml`."""

    name: str = "My company"
    time_zone: str = "UTC"
    currency: str = "USD"


@dataclass(frozen=True)
class Home:
    """Paths of one installation.

    root/
      tenure.toml      name, time zone and default currency of the company
      secret.key       signs sessions and links
      state.sqlite3    what is true now (unless DATABASE_URL)
      inbox.sqlite3    durable arrival (unless DATABASE_URL)
      lake/            Delta tables `event/`, `billing_fact/`, derived tables, `manifest.json`
      keys/            permanent key set, sorted runs
      maps/            import maps as last used
      staging/         rows of an import that is under way
      figures/         what pages count in a process of its own; names nobody, safe to delete
      truth.json       demo only: what the simulation knows and nothing else reads
    """

    root: Path

    @classmethod
    def from_env(cls) -> "Home":
        return cls(Path(os.environ.get("TENURE_HOME") or DEFAULT_FOLDER).resolve())

    @property
    def settings_file(self) -> Path:
        return self.root / "tenure.toml"

    @property
    def secret_file(self) -> Path:
        return self.root / "secret.key"

    @property
    def state_file(self) -> Path:
        return self.root / "state.sqlite3"

    @property
    def inbox_file(self) -> Path:
        return self.root / "inbox.sqlite3"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def truth_file(self) -> Path:
        return self.root / "truth.json"

    @cached_property
    def company(self) -> Company:
        """Raises BadDefinition when `tenure.toml` cannot be read or holds an unknown key."""
        try:
            text = self.settings_file.read_text("utf-8")
        except FileNotFoundError:
            return Company()
        except (OSError, UnicodeDecodeError) as error:
            raise BadDefinition(f"tenure.toml: it cannot be read: {error}") from None
        try:
            section = tomllib.loads(text).get("company", {})
        except tomllib.TOMLDecodeError as error:
            raise BadDefinition(f"tenure.toml: this is not TOML: {error}") from None
        if not isinstance(section, dict):
            raise BadDefinition("tenure.toml: company: write it as a section, [company]")
        known = {field.name for field in fields(Company)}
        for name, value in section.items():
            if name not in known:
                raise BadDefinition(
                    f"tenure.toml: company.{name}: there is no such setting; "
                    f"use {', '.join(sorted(known))}"
                )
            if not isinstance(value, str):
                raise BadDefinition(f"tenure.toml: company.{name}: {value!r} is no text; quote it")
        company = Company(**section)
        try:
            check_company(company)
        except ValueError as error:
            raise BadDefinition(f"tenure.toml: company.{error}") from None
        return company


def check_company(company: Company) -> None:
    """Raises ValueError, `field: what is wrong`, for a time zone or currency that is none."""
    try:
        ZoneInfo(company.time_zone)
    except (OSError, KeyError, ValueError):  # a folder of zones, such as `Europe`, is an OSError
        raise ValueError(
            f"time_zone: {company.time_zone!r} is no time zone; write one as Europe/Berlin or UTC"
        ) from None
    if not re.fullmatch("[A-Z]{3}", company.currency):
        raise ValueError(f"currency: {company.currency!r} is no currency; write it as EUR")
