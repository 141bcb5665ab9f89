from django.apps import AppConfig


class ReasonsConfig(AppConfig):
    name = "tenure.reasons"
    label = "reasons"
    default_auto_field = "django.db.models.BigAutoField"
