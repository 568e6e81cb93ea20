"""The app that knows who people are and for whom they act."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _

from accounts import checks


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and partners")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(checks.check_sign_in, Tags.security)
        register(checks.check_database_login, Tags.database)
