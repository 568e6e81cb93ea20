"""The app that keeps the local mirror of ERP.net fresh and delivers what partners saved."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "sync"
    verbose_name = "Mirror and deliveries"
    default_auto_field = "django.db.models.BigAutoField"
