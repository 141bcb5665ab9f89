"""The console's own state: links that sign somebody in once, tokens for programs, drafts."""

from django.conf import settings
from django.db import models


class SignInLink(models.Model):
    """One way in without a password. Only the digest of its token is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link for {self.user} until {self.expires_at:%Y-%m-%d %H:%M}"


class ApiToken(models.Model):
    """What lets a program ask the JSON API. Only the digest of its text is kept."""

    name = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class DefinitionDraft(models.Model):
    """What somebody is writing of a definition, kept until they publish or discard it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    kind = models.TextField()
    name = models.TextField(default="")  # empty where there is one of a kind
    text = models.TextField()
    base = models.TextField(default="")  # digest of the version it is written over; empty: none
    begun_from = models.TextField(default="")  # digest of the earlier version that it began as
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "name"], name="one_draft_each")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} by {self.user}"
