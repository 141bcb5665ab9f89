"""The mails of the shipped plays, written for somebody of whom everything is known, and nothing."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

from tenure.card.product_file import read_product
from tenure.kit.liquid import Clean
from tenure.messages.composing import write_mail
from tenure.messages.writing import Written
from tenure.plays.file import read_whole
from tenure.plays.in_force import names_of_then
from tenure.plays.library import Shipped, made_for
from tenure.plays.mail_reading import mail_of
from tenure.plays.page_links import PAGES
from tenure.plays.parts import Play
from tenure.plays.product_words import NAMES as PRODUCT_NAMES
from tenure.plays.save_words import NAMES as SAVE_NAMES
from tenure.plays.winning_back import NAMES as FIX_NAMES
from tenure.segments.known import columns_of

LANGUAGES = ("en", "zh-hans", "zh-hant")
PRODUCT_TEXT = files("tenure.demo").joinpath("product.toml").read_text("utf-8")
PRODUCT = read_product(PRODUCT_TEXT, "product.toml")
MARKS = {"webinar.title": "Project budgets", "webinar.when": "3 December, 15:00"}
_WORDS = {
    "en": {"outcome": "Invoices go out faster", "first_value": "First invoice from tracked time",
           "next_step": "An invoice goes out", "next_step_how": "Turn the tracked hours into a first invoice",
           "feature": "Client portal", "limit": "Active projects", "uses": ("Timesheets", "Invoices", "Expenses"),
           "fix": "Gantt charts", "said": "We could not show a plan over several months.",
           "person": "Ada", "account": "Acme Engineering", "sender": "Mara Lindt"},
    "zh-hans": {"outcome": "发票开得更快", "first_value": "从工时开出第一张发票", "next_step": "开出发票",
                "next_step_how": "把记录的工时转成第一张发票", "feature": "客户门户", "limit": "进行中的项目",
                "uses": ("工时表", "发票", "费用"), "fix": "甘特图", "said": "没法展示几个月的计划。",
                "person": "李娜", "account": "远山工程", "sender": "林玛"},
    "zh-hant": {"outcome": "發票開得更快", "first_value": "從工時開出第一張發票", "next_step": "開出發票",
                "next_step_how": "把記錄的工時轉成第一張發票", "feature": "客戶入口", "limit": "進行中的專案",
                "uses": ("工時表", "發票", "費用"), "fix": "甘特圖", "said": "沒辦法呈現幾個月的計畫。",
                "person": "怡君", "account": "遠山工程", "sender": "林瑪"},
}  # fmt: skip
_HOLES = re.compile(
    r"\{\{|\}\}|\{%|%\}|«|»|\bNone\b|\bnull\b|(?<=\S)  +(?=\S)| [,.;:!?，。；：！？](?!\S*/)|\(\s*\)"
    r"|（\s*）|“”|「」|，，|。。|\.\.(?!\.)|, ,|，。|,\.|\bon \.|：$(?=\n\n\S[^\n]*\n*\Z)"
)


@dataclass(frozen=True)
class Reader:
    """Somebody who reads a mail: of them no condition is answered."""

    language: str
    account_id: str = "acme"
    person_id: str = "ada"
    now: datetime = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def holds(self, condition: str, over: str) -> bool | None:
        return None

    def value(self, column: str) -> object:
        return None


def made(name: str) -> Shipped:
    """A shipped play with the names of the demo's product."""
    return made_for(name, PRODUCT, MARKS)


def read(name: str) -> Play:
    return read_whole(made(name).files, f"plays/{name}", names_of_then())[0]


def written(play: Play, template: str, language: str, values: Clean) -> Written:
    """The mail as it would be sent."""
    mail = mail_of(play, template, language, ())
    url = "https://tenure.example.com/mail/x" if play.purpose == "marketing" else ""
    return write_mail(mail, values, Reader(language), url)


def holes_in(mail: Written) -> list[str]:
    """Where a reader would see that something is missing, or how the mail is made."""
    seen = f"{mail.subject}\n\n{mail.text}"
    return [seen[max(0, each.start() - 25) : each.end() + 15] for each in _HOLES.finditer(seen)]


def full(language: str) -> Clean:
    """Everything is known."""
    said = _WORDS[language]
    account: dict[str, Any] = {
        name: column.default for name, column in columns_of("account").items()
    }
    account |= {
        "account_id": "acme", "name": said["account"], "plan": "Team", "status": "paying",
        "trial_ends_on": date(2026, 11, 25), "card_expires_on": date(2026, 12, 31),
        "last_payment_failed_on": date(2026, 11, 20), "unpaid_since_on": date(2026, 11, 20),
        "limit_full_on": date(2026, 12, 14), "customer_since_on": date(2025, 11, 21),
        "outcome_reached_on": date(2026, 6, 2), "is_outcome_reached": True,
        "required_outcome": "invoices_out_faster", "days_until_card_expires": 39,
    }  # fmt: skip
    product = {
        "name": "Fernhill", "outcome": said["outcome"], "first_value": said["first_value"],
        "next_step": said["next_step"], "next_step_how": said["next_step_how"],
        "unused_feature": said["feature"],
        "uses": [{"title": each, "count": count} for each, count in zip(said["uses"], (412, 38, 7), strict=True)],
        "limit_title": said["limit"], "limit_used": 71, "limit_at_most": 80, "next_plan": "Business",
        "next_plan_limit": 10000, "next_plan_price": "€45", "plan_price": "€29", "peers": 24,
        "peers_used": 118,
    }  # fmt: skip
    person = {"first_name": said["person"], "name": said["person"], "email": "ada@example.com",
              "role": "buyer", "traits": {}}  # fmt: skip
    fix = {"title": said["fix"], "shipped_on": date(2026, 10, 6), "you_said": said["said"]}
    return _values(language, person, account, product, fix, str(said["sender"]))


def empty(language: str) -> Clean:
    """Nothing is known but an address."""
    account = {name: column.default for name, column in columns_of("account").items()}
    account |= {"account_id": "acme", "name": None}
    product = dict.fromkeys(PRODUCT_NAMES) | {"name": "Fernhill"}
    person = dict.fromkeys(("first_name", "name", "role")) | {
        "email": "a@example.com",
        "traits": {},
    }
    return _values(language, person, account, product, dict.fromkeys(FIX_NAMES), "Fernhill")


def _values(language: str, person: Any, account: Any, product: Any, fix: Any, sender: str) -> Clean:
    assert set(product) == set(PRODUCT_NAMES) and set(fix) == set(FIX_NAMES)
    is_known = any(value is not None for value in fix.values())
    save = {"offer_kind": "discount", "is_billed": True} if is_known else dict.fromkeys(SAVE_NAMES)
    pages = {name: f"https://app.example.com/{name}" for name in PAGES}
    links = {
        "app": "https://app.example.com",
        "choices": "https://tenure.example.com/mail/x",
    } | pages
    return Clean(
        person=person, account=account, product=product, fix=fix, save=save, links=links, language=language,
        company={"name": "Fernhill"}, sender={"name": sender},
    )  # fmt: skip
