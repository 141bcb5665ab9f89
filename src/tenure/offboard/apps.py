from django.apps import AppConfig


class OffboardConfig(AppConfig):
    name = "tenure.offboard"
    label = "offboard"
    default_auto_field = "django.db.models.BigAutoField"
