"""What the simulated company's sources are called, where pages list sources."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from tenure.collect.models import Source
from tenure.demo.journal import BILLING, PRODUCT, SITE, SUPPORT

NAMES = {
    PRODUCT: _("Product (simulated)"),
    BILLING: _("Billing (simulated)"),
    SUPPORT: _("Support (simulated)"),
    SITE: _("Web site (simulated)"),
}


def name_sources(now: datetime) -> None:
    """Make the four sources known, or say that something came through them at `now`."""
    for slug, name in NAMES.items():
        Source.objects.update_or_create(
            slug=slug,
            defaults={"last_seen_at": now},
            create_defaults={
                "name": name,
                "kind": Source.Kind.SYSTEM,
                "created_at": now,
                "last_seen_at": now,
            },
        )
