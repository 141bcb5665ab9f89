from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "tenure.signals"
    label = "signals"
    default_auto_field = "django.db.models.BigAutoField"
