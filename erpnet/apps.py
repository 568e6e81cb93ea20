"""The app that knows the ERP.net instance."""

from django.apps import AppConfig


class ErpNetConfig(AppConfig):
    name = "erpnet"
    verbose_name = "ERP.net"
    default_auto_field = "django.db.models.BigAutoField"
