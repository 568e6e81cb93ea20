"""All settings, and the only place that reads the environment. Required names have no default; see `.env.example`."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from erpnet.config import ConfigurationError, TrustedApplication

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")


def _required(name: str, cure: str) -> str:
    value = str(os.environ.get(name, "")).strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {cure}")
    return value


# -- The instance ------------------------------------------------------------------------------------------------------

try:
    TRUSTED_APPLICATION = TrustedApplication.from_environment(os.environ)
except ConfigurationError as error:
    raise ImproperlyConfigured(str(error)) from None

PORTAL_URL = _required(
    "PORTAL_URL", "Set it to the address people open, such as https://portal.example.com."
).rstrip("/")
_portal = urlsplit(PORTAL_URL)
SECURE_SITE = _portal.scheme == "https"

# -- Django ------------------------------------------------------------------------------------------------------------

DEBUG = env.bool("DJANGO_DEBUG", default=False)
SECRET_KEY = _required("DJANGO_SECRET_KEY", "Set it to 50 or more random characters and keep it secret.")
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=[_portal.hostname or "localhost"])
CSRF_TRUSTED_ORIGINS = [f"{_portal.scheme}://{_portal.netloc}"]

if not DEBUG and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("DJANGO_SECRET_KEY is shorter than 50 characters. Make a longer random one.")
if DEBUG and SECURE_SITE:
    raise ImproperlyConfigured(
        "DJANGO_DEBUG is on while PORTAL_URL is https. Take DJANGO_DEBUG out of the environment."
    )

INSTALLED_APPS = [
    "portal",
    "sync",
    "accounts",
    "erpnet",
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "portal.middleware.CorrelationMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.CurrentPartnerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.MethodMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.portal",
            ],
        },
    }
]

# -- PostgreSQL and Redis ----------------------------------------------------------------------------------------------

_required("DATABASE_URL", "Set it to postgresql://user:password@host/name.")
_database = env.db_url("DATABASE_URL")
if _database["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured(
        "DATABASE_URL must name a PostgreSQL database: the portal relies on its row-level security."
    )
DATABASES = {
    "default": {**_database, "CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _required("REDIS_URL", "Set it to redis://:password@host:6379/0.")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
        # A Redis that takes connections and answers nothing holds up no page for longer than this.
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

# -- People ------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.oidc.backend.InstanceIdBackend"]
LOGIN_URL = "/signin"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

OIDC_RP_CLIENT_ID = TRUSTED_APPLICATION.application_uri
OIDC_RP_CLIENT_SECRET = TRUSTED_APPLICATION.application_secret
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_RP_SCOPES = "openid profile"
OIDC_AUTHENTICATE_CLASS = "accounts.oidc.views.SignInView"
OIDC_CALLBACK_CLASS = "accounts.oidc.views.CallbackView"
OIDC_TIMEOUT = 10

DEFAULT_PARTNER_ROLE = env.str("DEFAULT_PARTNER_ROLE", default="Billing")
SIGN_IN_ATTEMPT_SECONDS = 600
FRESH_SIGN_IN_SECONDS = env.int("FRESH_SIGN_IN_SECONDS", default=15 * 60)

# The __Host- prefix asks for https; over plain http, which is for loopback alone, browsers would drop such a cookie.
_cookie_prefix = "__Host-" if SECURE_SITE else ""
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_NAME = f"{_cookie_prefix}session"
SESSION_COOKIE_SECURE = SECURE_SITE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=2 * 60 * 60)
SESSION_LIFE_SECONDS = env.int("SESSION_LIFE_SECONDS", default=12 * 60 * 60)
SESSION_COOKIE_AGE = SESSION_LIFE_SECONDS
CSRF_COOKIE_NAME = f"{_cookie_prefix}csrf"
CSRF_COOKIE_SECURE = SECURE_SITE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LANGUAGE_COOKIE_NAME = f"{_cookie_prefix}language"
LANGUAGE_COOKIE_SECURE = SECURE_SITE
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"

# -- Mail --------------------------------------------------------------------------------------------------------------

# Without it nobody can be invited, and the page for that says so.
EMAIL_URL = env.str("EMAIL_URL", default="")
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
EMAIL_TIMEOUT = 20
# Whom the machinery tells that it needs a person.
ALERT_MAIL = env.list("ALERT_MAIL", default=[])
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="") or f"portal@{_portal.hostname}"

# -- What a browser may do ---------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = SECURE_SITE
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
)
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SECURE_SITE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SITE
SECURE_HSTS_PRELOAD = SECURE_SITE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^jobz$"]
X_FRAME_OPTIONS = "DENY"

_instance = urlsplit(TRUSTED_APPLICATION.instance_url)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        # Signing out posts to us and is then redirected to the Instance ID: browsers check that hop too.
        "form-action": ["'self'", f"{_instance.scheme}://{_instance.netloc}"],
    }
}

# -- Languages, time, files --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("bg", _("Bulgarian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["portal.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Sofia")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# -- Sync --------------------------------------------------------------------------------------------------------------

# How old the copy of a document is that somebody opens when the worker is asked for a fresh one.
REFRESH_AFTER_SECONDS = env.int("REFRESH_AFTER_SECONDS", default=60)
SYNC_SLICE_SECONDS = env.float("SYNC_SLICE_SECONDS", default=5.0)
SYNC_OVERLAP_SECONDS = env.int("SYNC_OVERLAP_SECONDS", default=300)
STOCK_COUNT_TOLERANCE = env.float("STOCK_COUNT_TOLERANCE", default=0.01)
STOCK_LARGEST_FALL = env.float("STOCK_LARGEST_FALL", default=0.4)
STOCK_SNAPSHOTS_KEPT_DAYS = env.int("STOCK_SNAPSHOTS_KEPT_DAYS", default=14)
RECONCILIATION_LARGEST_FALL = env.float("RECONCILIATION_LARGEST_FALL", default=0.2)
# Opens the web hooks of ERP.net to whoever has it; without it there are none.
ERPNET_WEB_HOOK_SECRET = env.str("ERPNET_WEB_HOOK_SECRET", default="")
SHIPMENT_DOCUMENT_TYPE = env.str("SHIPMENT_DOCUMENT_TYPE", default="")
# A whole answer has twice that, and has to come while the delivery is still its worker's.
ERPNET_TIMEOUT_SECONDS = env.float("ERPNET_TIMEOUT_SECONDS", default=40.0)
OUTBOX_LEASE_SECONDS = env.float("OUTBOX_LEASE_SECONDS", default=90.0)
API_CALLS_KEPT_DAYS = env.int("API_CALLS_KEPT_DAYS", default=30)

# -- Logs: one JSON line an event --------------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
