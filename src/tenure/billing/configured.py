"""Which billing system this installation has: `[billing]` of `tenure.toml`.

[billing]
system = "webhook"                  # webhook | task | demo; task when nothing is said
url = "https://app.example.com/tenure/billing"
secret = "whsec_..."                # or the environment: TENURE_BILLING_SECRET
"""

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from tenure.base.home import Home
from tenure.billing.system import BillingSystem
from tenure.definitions.toml_file import Fields

WHERE = "tenure.toml"
DEFAULT = "task"

Maker = Callable[[Home, Fields], BillingSystem]


def billing_system(home: Home) -> BillingSystem:
    """The configured one. Raises BadDefinition that names the field and what to do.

    `settings.TENURE_BILLING_SYSTEMS` says what makes each; each reads its own fields.
    """
    try:
        text = home.settings_file.read_text("utf-8")
    except FileNotFoundError:
        text = ""
    read = Fields.of(text, WHERE).table("billing")
    name = read.text("system", DEFAULT, among=settings.TENURE_BILLING_SYSTEMS)
    make: Maker = import_string(settings.TENURE_BILLING_SYSTEMS[name].replace(":", "."))
    system = make(home, read)
    read.done()
    return system
