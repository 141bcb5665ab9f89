from django.apps import AppConfig


class SavesConfig(AppConfig):
    name = "tenure.saves"
    label = "saves"
    default_auto_field = "django.db.models.BigAutoField"
