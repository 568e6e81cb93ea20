"""Every address of the portal. A view declares who may come by its decorator; the tests walk this table."""

from django.contrib import admin
from django.urls import include, path

from portal.views import health, hooks

urlpatterns = [
    path("", include("portal.pages")),
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("jobz", health.jobz, name="jobz"),
    path("hooks/erpnet/<str:stream>", hooks.from_erpnet, name="hook"),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.permission_denied"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.server_error"
