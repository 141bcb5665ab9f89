"""What may a mail say of the offer with which an account stayed?

save.offer_kind    as offers have it: discount, pause, training, ...; null where nobody knows
save.is_billed     whether the bill shows it: a price, a plan, a pause, free or more time

Nothing else of its terms: those stand in what they were sent when they accepted.
"""

from tenure.customers.merging import ids_behind
from tenure.offers.kinds import KINDS
from tenure.saves.models import Save

NAMES = ("offer_kind", "is_billed")
_BECAUSE = "event: Save Applied"


def save_words(because: str, account_id: str) -> dict[str, object]:
    """Each of `NAMES` of the last save of an account that came in by one; nulls of any other."""
    save = None
    if because == _BECAUSE:
        ours = Save.objects.filter(account_id__in=ids_behind("account", account_id))
        save = ours.filter(mode="live", kind="save").order_by("-opened_at", "-pk").first()
    kind = KINDS.get(save.offer_kind) if save is not None else None
    if save is None or kind is None:
        return dict.fromkeys(NAMES)
    return {"offer_kind": save.offer_kind, "is_billed": bool(kind.change)}
