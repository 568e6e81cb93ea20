"""`manage.py grant_staff LOGIN`: make an internal user portal staff."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import STAFF_GRANT_DAYS, grant_staff
from accounts.text import printable


class Command(BaseCommand):
    help = "Makes whoever next signs in with LOGIN portal staff, provided that this is an internal user of ERP.net."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login", metavar="LOGIN", help="the login, exactly as ERP.net writes it")

    def handle(self, *args: Any, login: str, **options: Any) -> None:
        if not login or printable(login, 254) != login:
            raise CommandError("LOGIN has to be a login as ERP.net writes it, of at most 254 characters.")
        grant_staff(login)
        self.stdout.write(
            f"{login} becomes portal staff with the next sign-in, within {STAFF_GRANT_DAYS} days. "
            "The grant then belongs to that person, whatever the login is later called."
        )
