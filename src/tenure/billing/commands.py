"""`tenure billing`: what was promised and where it stands, one try more, and is billing there."""

import base64
import getpass
import secrets

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import Unavailable
from tenure.kit.output import FORMATS, print_rows

_COLUMNS = (
    "key", "account", "subscription", "kind", "values", "mode", "asked_at", "status", "standing",
    "attempts", "why", "differs",
)  # fmt: skip
_CALLS = ("number", "what", "system", "begun_at", "times", "last_at", "took_ms", "said", "message")
_ROWS_MAX = 1000
_SECRET_BYTES = 32


@click.group()
def billing() -> None:
    """List the changes of billing that were promised, try one again, check the connection."""


@billing.command()
@click.option("--status", help="Only those that stand so, such as unknown or refused.")
@click.option("--account", "account_id", help="Only those of this account.")
@click.option("--format", "output", type=click.Choice(FORMATS), default="table", show_default=True)
def changes(status: str | None, account_id: str | None, output: str) -> None:
    """List changes, the newest first, a thousand at most."""
    from tenure.base.errors import BadUsage
    from tenure.billing.models import BillingChange, Status

    if status and status not in Status.values:
        raise BadUsage(f"--status {status} is none; use one of {', '.join(Status.values)}")
    found = BillingChange.objects.order_by("-asked_at", "-id")
    if status:
        found = found.filter(status=status)
    if account_id:
        found = found.filter(account_id=account_id)
    rows = [
        {
            **{name: getattr(each, name, "") for name in _COLUMNS},
            "account": each.account_id,
            "subscription": each.subscription_id,
            "values": ", ".join(f"{k}={v}" for k, v in each.values.items()),
            "differs": "; ".join(each.differs),
        }
        for each in found[:_ROWS_MAX]
    ]
    print_rows(rows, _COLUMNS, output)


@billing.command()
@click.argument("key")
@click.option("--format", "output", type=click.Choice(FORMATS), default="table", show_default=True)
def calls(key: str, output: str) -> None:
    """List every call that was made for the change KEY."""
    from tenure.base.errors import NotFound
    from tenure.billing.models import BillingChange

    change = BillingChange.objects.filter(key=key).first()
    if change is None:
        raise NotFound(f"there is no change {key!r}; `tenure billing changes` shows them")
    rows = [{n: getattr(call, n) for n in _CALLS} for call in change.calls.order_by("number")]
    print_rows(rows, _CALLS, output)


@billing.command()
@click.argument("key")
def retry(key: str) -> None:
    """Try the change KEY once more now, and say how it stands."""
    from tenure.billing.changes import carry_out
    from tenure.billing.configured import billing_system
    from tenure.billing.retrying import try_again
    from tenure.billing.system import WITHIN_S

    now, system = system_clock(), billing_system(settings.TENURE_HOME)
    change = carry_out(try_again(key, now=now, by=getpass.getuser()), system, now, WITHIN_S)
    said = "; ".join(change.differs) or change.why
    click.echo(f"{key} is {change.status} ({change.standing}): {said}")
    if change.standing != "done":
        raise Unavailable(f"{key} is not done yet; `tenure billing calls {key}` has every call")


@billing.command()
def check() -> None:
    """Ask the billing system whether it is there and knows the signature; changes nothing."""
    from tenure.billing.configured import billing_system

    system = billing_system(settings.TENURE_HOME)
    answer = system.ping()
    click.echo(f"{system.name}: {answer.status} {answer.message}".strip())
    if answer.status != "done":
        raise Unavailable(f"{system.name} did not answer as docs/billing.md has it")


@billing.command()
def secret() -> None:
    """Print a fresh secret for `[billing] secret` and for the host's backend."""
    click.echo("whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode())
