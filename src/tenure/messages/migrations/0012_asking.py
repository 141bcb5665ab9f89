from django.db import migrations, models


def keep_refusals(apps, schema_editor):
    """Who said "do not ask me again" on the page that asks, as a word among all others."""
    words = apps.get_model("tenure_messages", "Consent")
    said = apps.get_model("content", "Ask").objects.exclude(person_id="")
    words.objects.bulk_create(
        words(person_id=id, topic="asking", is_granted=False, how="page", said_at=at)
        for id, at in said.exclude(declined_at=None).values_list("person_id", "declined_at")
    )


class Migration(migrations.Migration):
    dependencies = [
        ("tenure_messages", "0011_feedback"),
        ("content", "0004_goal_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="address_digest",
            field=models.CharField(db_index=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="message",
            name="asks",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(keep_refusals, migrations.RunPython.noop),
    ]
