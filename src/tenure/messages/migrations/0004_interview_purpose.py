from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenure_messages", "0003_agreed_purpose"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("sign_in", "Sign-in link"),
                    ("digest", "Signal digest"),
                    ("at_once", "Urgent signal"),
                    ("reminder", "Task reminder"),
                    ("receipt", "Receipt of a cancellation"),
                    ("agreed", "Reminder of what was agreed"),
                    ("interview", "Exit interview"),
                    ("trial", "Test message"),
                ],
                max_length=20,
            ),
        ),
    ]
