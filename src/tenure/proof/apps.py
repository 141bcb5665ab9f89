from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "tenure.proof"
    label = "proof"
    default_auto_field = "django.db.models.BigAutoField"
