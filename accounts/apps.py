"""The app that knows who people are and for whom they act."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and partners"
    default_auto_field = "django.db.models.BigAutoField"
