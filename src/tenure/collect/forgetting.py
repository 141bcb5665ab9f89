"""What was refused from somebody goes with them: a rejected row holds the whole event."""

from collections.abc import Iterable

from django.db.models import Q

from tenure.collect.models import QualityFinding, RejectedRow


def forget_refused(ids: Iterable[str]) -> int:
    """How many rejected rows and findings that name one of `ids` were removed.

    A row is removed when an id stands anywhere in it, so that nothing has to be parsed that was
    refused because it could not be. Findings are counted anew from the lake afterwards.
    """
    names = [each for each in ids if each]
    if not names:
        return 0
    in_rows, in_examples = Q(), Q()
    for each in names:
        in_rows |= Q(raw__contains=each) | Q(value__contains=each)
        in_examples |= Q(examples__icontains=each)
    removed, _ = RejectedRow.objects.filter(in_rows).delete()
    stale, _ = QualityFinding.objects.filter(in_examples).delete()
    return removed + stale
