"""The app that keeps the local mirror of ERP.net fresh and delivers what partners saved."""

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from sync import checks


class SyncConfig(AppConfig):
    name = "sync"
    verbose_name = _("Mirror and deliveries")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(checks.check_settings)
