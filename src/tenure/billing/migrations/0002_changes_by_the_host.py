"""Changes that the host's own page makes, and what it said of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="billingchange",
            name="by_host",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="billingchange",
            name="host_said",
            field=models.CharField(
                blank=True,
                choices=[("", "Nothing yet"), ("done", "Done"), ("failed", "Failed")],
                default="",
                max_length=10,
            ),
        ),
    ]
