from django.db import migrations

from tenure.messages.models import address_digest

AT_ONCE = 500


def name_addresses(apps, schema_editor):
    """Words that were kept before the digest of an address was get that of who said them, so that
    an old refusal holds under a new id as well."""
    words = apps.get_model("tenure_messages", "Consent")
    people = apps.get_model("customers", "Person").objects.exclude(email="")
    links = apps.get_model("customers", "IdentityLink").objects.filter(kind="person")
    last = 0
    while True:
        rows = words.objects.filter(address_digest="", pk__gt=last).order_by("pk")[:AT_ONCE]
        some = list(rows.only("pk", "person_id"))
        if not some:
            return
        last = some[-1].pk
        said = {each.person_id for each in some}
        whole = dict(
            links.filter(raw_id__in=said)
            .exclude(canonical_id="")
            .values_list("raw_id", "canonical_id")
        )
        boxes = dict(
            people.filter(pk__in=said | set(whole.values())).values_list("pk", "email")
        )
        for each in some:
            id = each.person_id
            box = boxes.get(whole.get(id, id)) or boxes.get(id)
            if box:
                words.objects.filter(pk=each.pk).update(address_digest=address_digest(box))


class Migration(migrations.Migration):
    dependencies = [
        ("tenure_messages", "0015_import_forgot"),
        ("customers", "0001_initial"),
    ]

    operations = [migrations.RunPython(name_addresses, migrations.RunPython.noop)]
