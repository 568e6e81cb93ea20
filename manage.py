#!/usr/bin/env python3
"""Django's command line.

`demo` and `sandbox` bring their own settings, so they need nothing from the environment; nor does making the secret
that goes into it. Whatever else is missing there is said in words, without the insides of the program.
"""

from __future__ import annotations

import os
import sys

WITHOUT_A_PORTAL = {"demo", "sandbox"}
MAKE_A_SECRET = ["trusted_application", "--new-secret"]


def main() -> None:
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run 'make venv', then use .venv/bin/python manage.py ...")
    if sys.argv[1:] == MAKE_A_SECRET:
        settings.configure(INSTALLED_APPS=["erpnet"])
    elif len(sys.argv) > 1 and sys.argv[1] in WITHOUT_A_PORTAL:
        os.environ["DJANGO_SETTINGS_MODULE"] = "erpnet.sandbox.settings"
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
