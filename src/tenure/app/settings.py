"""Django's settings, from the home folder and the environment. Decides nothing else."""

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from tenure.base.errors import BadDefinition
from tenure.base.home import Home

_DATABASE_URL = "write it as postgresql://user:password@host/name"
TENURE_HOME = Home.from_env()
# Folders whose SQL files may declare derived relations, lowest floor first.
TENURE_SQL_PACKAGES = [
    "tenure.lake",
    "tenure.collect",
    "tenure.measure",
    "tenure.card",
    "tenure.segments",
    "tenure.signals",
    "tenure.content",
    "tenure.messages",
    "tenure.reasons",
    "tenure.saves",
    "tenure.offers",
    "tenure.offboard",
    "tenure.plays",
]
# Kinds of definition, in the order in which they are applied, and who checks a text.
TENURE_DEFINITION_KINDS = {
    "product": "tenure.card.product:check_product",
    "signals": "tenure.signals.rules:check_signals",
    "segment": "tenure.segments.definition:check_segment",
    "lesson": "tenure.content.lesson_file:check_lesson",
    "goal": "tenure.content.lesson_file:check_goal",
    "reasons": "tenure.reasons.taxonomy:check_reasons",
    "worth": "tenure.reasons.worth_rules:check_worth",
    "offers": "tenure.offers.book:check_offers",
    "flow": "tenure.offboard.flow:check_flow",
    "block": "tenure.plays.mail_reading:check_block",
    "play": "tenure.plays.in_force:check_play",
}
# Relations that SQL files read and no SQL file makes: what gives their rows, as (home) -> Arrow.
TENURE_GIVEN_RELATIONS = {
    "product_feature": "tenure.card.product_relations:features",
    "product_entitlement": "tenure.card.product_relations:entitlements",
    "product_plan": "tenure.card.product_relations:plans",
    "product_limit": "tenure.card.product_relations:limits",
    "product_role": "tenure.card.product_relations:roles",
    "product_step": "tenure.card.product_relations:steps",
    "product_outcome": "tenure.card.product_relations:outcomes",
    "product_outcome_value": "tenure.card.product_relations:outcome_values",
    "product_reach": "tenure.card.product_relations:reach",
    "product_intent": "tenure.card.product_relations:intents",
}
# What may want a message sent: asked by `messages.round.turn`, (home, now) -> how many.
TENURE_MESSAGE_SOURCES = [
    "tenure.console.sign_in_mail:intend_sign_in_mails",
    "tenure.messages.import_asked:follow_imports",
    "tenure.content.importing:take_mentions_asked_for",
    "tenure.messages.digests:intend_digests",
    "tenure.messages.reminders:intend_reminders",
    "tenure.reasons.survey_mail:intend_surveys",
    "tenure.saves.reminders:intend_agreed",
    "tenure.offboard.receipts:intend_receipts",
    "tenure.plays.dates:enter_due_dates",
    "tenure.plays.turning:go_on_due",
    "tenure.plays.answered:take_up_answers",
    "tenure.messages.in_app.waiting:expire",
]
# Who keeps texts in which somebody is quoted: told, in the same transaction, when a quotation may
# be said no more, (key of the testimonial, now, places in which it may not).
TENURE_WITHDRAWAL_LISTENERS = ["tenure.messages.quoted:take_out"]
# Who keeps whom nobody may ask for a review, a score or an introduction again.
TENURE_REFUSALS = "tenure.messages.asking"
# Tags that mails may have, and what answers them: `messages/mail_tags.py`.
TENURE_MAIL_TAGS = {
    "testimonial": "tenure.messages.content_tags:TESTIMONIAL",
    "lesson": "tenure.messages.content_tags:LESSON",
    "ask": "tenure.messages.content_tags:ASK",
}
# What changes billing, by its name in `[billing]`: (home, fields of the section) -> BillingSystem.
TENURE_BILLING_SYSTEMS = {
    "webhook": "tenure.billing.webhook:webhook_system",
    "task": "tenure.billing.by_task:task_system",
    "demo": "tenure.demo.billing_system:demo_system",
}
DATABASE_URL = os.environ.get("DATABASE_URL", "")
# What brings a home up to date after a lower floor has written to its inbox.
TENURE_PIPELINE = "tenure.app.worker.run_once"
# What makes a home, or applies migrations, before a lower floor writes to it.
TENURE_PREPARATION = "tenure.app.installation.bring_up_to_date"


def _secret_key(home: Home) -> str:
    """Read the home's secret, or a passing one while there is no home yet (as in `--help`)."""
    if home.secret_file.exists():
        return home.secret_file.read_text().strip()
    return os.environ.get("TENURE_SECRET_KEY") or secrets.token_urlsafe(48)


def _database(url: str, home: Home) -> dict[str, object]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home.state_file),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                "PRAGMA foreign_keys=ON;",
            },
        }
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError as error:
        raise BadDefinition(f"DATABASE_URL: {error}; {_DATABASE_URL}") from None
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.lstrip("/"):
        # Not the whole text: it may hold a password.
        raise BadDefinition(f"DATABASE_URL names no database of PostgreSQL; {_DATABASE_URL}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": port,
        "CONN_MAX_AGE": 60,
    }


SECRET_KEY = _secret_key(TENURE_HOME)
DEBUG = False
ALLOWED_HOSTS = [
    host
    for host in os.environ.get("TENURE_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
    if host
]
DATABASES = {"default": _database(DATABASE_URL, TENURE_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "tenure.definitions",
    "tenure.customers",
    "tenure.tasks",
    "tenure.billing",
    "tenure.collect",
    "tenure.card",
    "tenure.segments",
    "tenure.signals",
    "tenure.proof",
    "tenure.content",
    "tenure.messages",
    "tenure.messages.mailbox",
    "tenure.reasons",
    "tenure.saves",
    "tenure.offers",
    "tenure.offboard",
    "tenure.plays",
    "tenure.console",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenure.console.content_security_policy.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tenure.console.pages.errors.page.ErrorPages",
]
CSRF_FAILURE_VIEW = "tenure.console.pages.errors.page.csrf_failed"
ROOT_URLCONF = "tenure.app.urls"
ASGI_APPLICATION = "tenure.app.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # A page is a folder `pages/<page>/` with page.py, page.html, page.css and page.js.
        "DIRS": [Path(__file__).parents[1] / "console"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [("console", Path(__file__).parents[1] / "console" / "static")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "tenure.console.page_assets.PageAssets",
]
WHITENOISE_USE_FINDERS = True
# Addresses of static files change with their content (`{% asset %}`).
WHITENOISE_MAX_AGE = 60 * 60 * 24 * 30
WHITENOISE_AUTOREFRESH = False

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [Path(__file__).parents[1] / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# Set where a proxy speaks TLS for us and sets X-Forwarded-Proto itself; a client could forge it.
if os.environ.get("TENURE_BEHIND_TLS") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
# What breaks in a page goes to the log of the web process; Django would only send mail about it.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "tenure.console": {"handlers": ["stderr"], "level": "ERROR"},
    },
}
