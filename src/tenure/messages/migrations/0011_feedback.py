import django.db.models.deletion
from django.db import migrations, models
from django.utils.crypto import salted_hmac

STATUSES = [
    ("held", "Held"), ("ready", "Waiting"), ("claimed", "Taken by a sender"),
    ("sending", "Being sent"), ("sent", "Sent"), ("failed", "Refused"), ("unknown", "Unsure"),
    ("suppressed", "Withheld"), ("control", "Left out by chance"), ("delivered", "Delivered"),
    ("bounced", "Returned"), ("complained", "Complained of"), ("shown", "Shown"),
    ("clicked", "Clicked"), ("dismissed", "Closed"), ("done", "Done"), ("expired", "Ran out"),
]
KINDS = [
    ("refused", "Refused by its mail server"), ("bounced", "Returned for good"),
    ("returned", "Returned five times in a row"), ("complained", "Marked as unwanted"),
    ("unsubscribed", "Unsubscribed at the provider"), ("operator", "Suppressed by hand"),
    ("imported", "Imported"),
]


def digest_addresses(apps, schema_editor):
    """As `models.address_digest` does it."""
    suppressed = apps.get_model("tenure_messages", "SuppressedAddress")
    for row in suppressed.objects.all():
        said = row.address.strip().lower()
        row.address_digest = salted_hmac(
            "tenure.messages.address", said, algorithm="sha256"
        ).hexdigest()
        row.save(update_fields=["address_digest"])


class Migration(migrations.Migration):
    dependencies = [("tenure_messages", "0010_step_index")]

    operations = [
        migrations.AlterField("message", "status", models.CharField(choices=STATUSES, default="ready", max_length=10)),
        migrations.AddField("message", "provider_id", models.CharField(default="", max_length=200)),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=models.Q(("provider_id", ""), _negated=True),
                fields=["provider_id"],
                name="message_of_provider",
            ),
        ),
        migrations.AddField("suppressedaddress", "address_digest", models.CharField(default="", max_length=64), preserve_default=False),
        migrations.AddField("suppressedaddress", "by", models.TextField(default="")),
        migrations.AddField("suppressedaddress", "kind", models.CharField(choices=KINDS, default="refused", max_length=12)),
        migrations.AddField("suppressedaddress", "lifted_at", models.DateTimeField(null=True)),
        migrations.AddField("suppressedaddress", "lifted_by", models.TextField(default="")),
        migrations.AlterField("suppressedaddress", "address", models.CharField(default="", max_length=320)),
        migrations.AlterField("suppressedaddress", "because", models.TextField(default="")),
        migrations.RunPython(digest_addresses, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex("suppressedaddress", models.Index(fields=["address_digest", "-since_at"], name="suppressed_digest")),
        migrations.AddIndex("suppressedaddress", models.Index(fields=["-since_at"], name="suppressed_since")),
        migrations.AddConstraint(
            "suppressedaddress",
            models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)),
                fields=("address_digest",),
                name="address_suppressed_once",
            ),
        ),
        migrations.CreateModel(
            name="MessageFeedback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("kind", models.CharField(max_length=20)),
                ("address_digest", models.CharField(max_length=64)),
                ("detail", models.TextField(default="")),
                ("at", models.DateTimeField()),
                ("heard_at", models.DateTimeField()),
                ("message", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="feedback", to="tenure_messages.message")),
            ],
            options={
                "indexes": [models.Index(fields=["address_digest", "at"], name="feedback_of_address")],
            },
        ),
    ]
