from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "tenure.messages"
    label = "tenure_messages"  # Django has one called messages
    default_auto_field = "django.db.models.BigAutoField"
