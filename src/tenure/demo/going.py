"""What is seen of people who left their company, and of companies that were bought or closed."""

import numpy as np

from tenure.demo.journal import PRODUCT, SUPPORT, Happening
from tenure.demo.lived_spans import LivedSpans
from tenure.demo.people import NEVER
from tenure.demo.seasons import DAY_S

MAIL_COMES_BACK, IS_DEACTIVATED, TAKES_US_ALONG = 0.45, 0.2, 0.12


def go_away(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """All of it, in no order."""
    return [*_people_who_left(spans, rng), *_mail_by_chance(spans, rng), *_companies(spans, rng)]


def _people_who_left(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """Mail to them comes back, their sign-in is switched off; some turn up where they work next."""
    found = []
    crowd = spans.block.crowd
    # Whoever goes at a renewal lost the seat for not using it, and works there still.
    renewals = {
        (f.account, f.at) for f in spans.block.journal.facts if f.kind.startswith("payment")
    }
    for account, slot in np.argwhere(crowd.left_at < NEVER):
        left_at = int(crowd.left_at[account, slot])
        if (account, left_at) in renewals:
            continue
        bounces, deactivates, moves, days = rng.random(4)
        if bounces < MAIL_COMES_BACK:
            at = left_at + int((1 + 18 * days) * DAY_S)
            found.append(_bounce(spans, int(account), int(slot), at, "hard"))
        if deactivates < IS_DEACTIVATED:
            found.append(
                Happening(
                    PRODUCT, "track", "User Deactivated", int(account), int(slot), left_at,
                    {"by": "single sign-on"},
                )
            )  # fmt: skip
        if moves < TAKES_US_ALONG:
            found += _next_employer(spans, int(account), int(slot), left_at, rng)
    return found


def _next_employer(
    spans: LivedSpans, account: int, slot: int, left_at: int, rng: np.random.Generator
) -> list[Happening]:
    """The person signs in at a company that signs up in the next months, if there is one."""
    signup_at = spans.block.companies.signup_at
    later = (signup_at > left_at + 20 * DAY_S) & (signup_at < left_at + 240 * DAY_S)
    later[account] = False
    employers = np.flatnonzero(later)
    if not len(employers):
        return []
    employer = int(employers[int(rng.integers(0, len(employers)))])
    at = spans.working_moment(employer, int(signup_at[employer]) + 4 * DAY_S, rng)
    if at is None:
        return []
    who = (employer, slot)
    seen = [Happening(PRODUCT, "track", "Account Added User", *who, at, {}, None, account)]
    for week in range(int(rng.integers(2, 9))):
        moment = spans.working_moment(employer, at + 7 * (week + 1) * DAY_S, rng)
        if moment is not None:
            seen.append(Happening(PRODUCT, "track", "Signed In", *who, moment, {}, None, account))
    return seen


def _mail_by_chance(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """Full mailboxes and strict filters, of people who are still there."""
    return [
        _bounce(spans, account, person, at, "soft" if rng.random() < 0.7 else "hard")
        for account, person, at in spans.by_chance(0.006, rng)
    ]


def _companies(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """A bought company's domain leads to its owner's; a bankrupt one's mail comes back."""
    found = []
    crowd = spans.block.crowd
    for leaving in spans.block.truth.leavings:
        account = leaving.account
        if leaving.cause == "acquired" and rng.random() < 0.55:
            at = leaving.left_at + int(rng.uniform(-35, 15) * DAY_S)
            at = max(at, int(spans.block.companies.signup_at[account]) + DAY_S)
            found.append(_redirect(spans, account, at, "group-holding.example"))
        if leaving.cause == "bankrupt" and rng.random() < 0.5:
            here = np.flatnonzero(crowd.members(leaving.left_at - 60)[account])[:3]
            found += [
                _bounce(
                    spans, account, int(slot), leaving.left_at - int(rng.uniform(1, 12) * DAY_S),
                    "hard",
                )
                for slot in here
            ]  # fmt: skip
    for account, _, at in spans.by_chance(0.0006, rng):
        found.append(_redirect(spans, account, at, "our-new-name.example"))
    return found


def _bounce(spans: LivedSpans, account: int, slot: int, at: int, kind: str) -> Happening:
    mail = spans.block.crowd.traits(account, slot)["email"]
    said: dict[str, object] = {"email": mail, "bounce_type": kind}
    return Happening(SUPPORT, "track", "Email Bounced", account, slot, at, said)


def _redirect(spans: LivedSpans, account: int, at: int, to: str) -> Happening:
    _, domain = spans.block.companies.name_and_domain(account)
    said: dict[str, object] = {"domain": domain, "to": to}
    return Happening(SUPPORT, "track", "Domain Redirected", account, -1, at, said)
