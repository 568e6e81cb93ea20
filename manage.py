#!/usr/bin/env python3
"""Django's command line. `demo` and `sandbox` bring their own settings, so they need nothing from the environment."""

from __future__ import annotations

import os
import sys

WITHOUT_A_PORTAL = {"demo", "sandbox"}


def main() -> None:
    own_settings = len(sys.argv) > 1 and sys.argv[1] in WITHOUT_A_PORTAL
    if own_settings:
        os.environ["DJANGO_SETTINGS_MODULE"] = "erpnet.sandbox.settings"
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run 'make venv', then use .venv/bin/python manage.py ...")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
