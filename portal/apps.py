"""The app of the partner's pages, and the admin site that staff and ops use."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.core.checks import Tags, register

from portal import checks


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Partner portal"

    def ready(self) -> None:
        for check in checks.PRODUCTION:
            register(check, Tags.security, deploy=True)


class PortalAdminConfig(admin.AdminConfig):
    default = False
    default_site = "portal.admin.PortalAdminSite"
