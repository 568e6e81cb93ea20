"""Settings for `manage.py demo` and `manage.py sandbox`: a command line and nothing else, no portal and no database."""

from __future__ import annotations

import secrets

SECRET_KEY = secrets.token_urlsafe(48)  # Django asks for one; nothing here signs anything with it.
INSTALLED_APPS = ["erpnet.sandbox"]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
TIME_ZONE = "UTC"
