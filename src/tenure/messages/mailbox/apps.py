from django.apps import AppConfig


class MailboxConfig(AppConfig):
    name = "tenure.messages.mailbox"
    label = "tenure_mailbox"
    default_auto_field = "django.db.models.BigAutoField"
