"""Whether a home may be filled with a simulated company, and what its settings file then says."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files

from tenure.base.errors import BadDefinition, Conflict
from tenure.base.home import Home
from tenure.definitions.store import current, put_in_force
from tenure.demo.catalogue import COMPANY_CURRENCY, COMPANY_NAME, COMPANY_TIME_ZONE
from tenure.demo.journal import SOURCES
from tenure.kit.sql_file import load
from tenure.lake.reading import reading

BY = "tenure demo"  # who put its product file in force


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """The section `[demo]` of a home: which simulated company lives in it."""

    accounts: int
    months: int
    seed: int
    starts_on: date
    events_scale: float = 1.0


def settings_of(home: Home) -> DemoSettings | None:
    """The simulated company that this home holds already; None when it holds none.

    Raises BadDefinition when the section cannot be read.
    """
    if not home.settings_file.exists():
        return None
    try:
        section = tomllib.loads(home.settings_file.read_text("utf-8")).get("demo")
        return None if section is None else DemoSettings(**section)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise BadDefinition(f"tenure.toml: demo: {error}") from None


def check_home(home: Home, wanted: DemoSettings, *, force: bool) -> None:
    """Raises Conflict when the home holds another simulated company, or data that is not ours."""
    present = settings_of(home)
    if present == wanted:
        return
    if present is not None:
        raise Conflict(
            f"{home.root} holds the simulated company {_words(present)}, not {_words(wanted)}; "
            "name another folder with --home, or ask for the same one"
        )
    if force or not home.lake.exists():
        return
    with reading(home, fresh=True) as reader:
        found = reader.rows(load("tenure.demo", "source_in_use"))
    foreign = sorted({str(row["source"]) for row in found} - set(SOURCES))
    if found:
        names = ", ".join(foreign or SOURCES)
        raise Conflict(
            f"{home.root} holds data that is not simulated (sources: {names}); a simulated "
            "company would mix with it for ever. Name another folder with --home, or use --force"
        )


def write_settings(home: Home, demo: DemoSettings) -> None:
    """Say in `tenure.toml` whose home this is. What the operator wrote there stays."""
    if settings_of(home) is not None:
        return
    home.root.mkdir(parents=True, exist_ok=True)
    text = home.settings_file.read_text("utf-8") if home.settings_file.exists() else ""
    present = tomllib.loads(text)
    if "company" not in present:
        text += (
            "[company]\n"
            f'name = "{COMPANY_NAME}"\n'
            f'time_zone = "{COMPANY_TIME_ZONE}"  # days and months are cut here\n'
            f'currency = "{COMPANY_CURRENCY}"  # for amounts that name none\n'
        )
    text += (
        "\n[demo]  # a simulated company lives here; `tenure demo` tells more of it\n"
        f"accounts = {demo.accounts}\nmonths = {demo.months}\nseed = {demo.seed}\n"
        f"starts_on = {demo.starts_on.isoformat()}\nevents_scale = {demo.events_scale}\n"
    )
    if "billing" not in present:
        text += "\n[billing]  # what is accepted or canceled is done in the simulated billing\n"
        text += 'system = "demo"\n'
    home.settings_file.write_text(text, "utf-8")


def declare_product(now: datetime) -> None:
    """Put Fernhill's product file in force, unless the operator has put another there."""
    held = current("product")
    if held is None or held.applied_by == BY:
        text = (files("tenure.demo") / "product.toml").read_text("utf-8")
        put_in_force("product", "", text, now=now, by=BY)


def _words(demo: DemoSettings) -> str:
    return (
        f"with {demo.accounts} accounts over {demo.months} months from {demo.starts_on}, "
        f"seed {demo.seed}, events scale {demo.events_scale}"
    )
