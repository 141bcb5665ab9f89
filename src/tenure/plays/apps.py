from django.apps import AppConfig


class PlaysConfig(AppConfig):
    name = "tenure.plays"
    label = "plays"
    default_auto_field = "django.db.models.BigAutoField"
