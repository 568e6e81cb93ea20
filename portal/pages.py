"""The addresses of the partner's pages."""

from django.urls import path
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language

from accounts.gates import public_page
from portal.views import conflicts, dashboard, invoices, orders, shipments, stock, welcome

app_name = "portal"

# Django's own takes any method; all but POST lead back without a change.
choose_language = require_http_methods(["GET", "HEAD", "POST"])(public_page(set_language))

urlpatterns = [
    path("", dashboard.home, name="dashboard"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/<uuid:order_id>/", orders.order_detail, name="order"),
    path("orders/<uuid:order_id>/copy", orders.order_copy, name="order-copy"),
    path("shipments/", shipments.shipment_list, name="shipments"),
    path("shipments/new", shipments.shipment_new, name="shipment-new"),
    path("shipments/<uuid:shipment_id>/", shipments.shipment_detail, name="shipment"),
    path("shipments/<uuid:shipment_id>/copy", shipments.shipment_copy, name="shipment-copy"),
    path("shipments/<uuid:shipment_id>/delivery", shipments.shipment_delivery, name="shipment-delivery"),
    path("shipments/<uuid:shipment_id>/compare", conflicts.shipment_compare, name="shipment-compare"),
    path("shipments/<uuid:shipment_id>/edit", shipments.shipment_edit, name="shipment-edit"),
    path("invoices/", invoices.invoice_list, name="invoices"),
    path("invoices/<uuid:invoice_id>/", invoices.invoice_detail, name="invoice"),
    path("invoices/<uuid:invoice_id>/copy", invoices.invoice_copy, name="invoice-copy"),
    path("stock/", stock.stock_list, name="stock"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("welcome/answer", welcome.answer, name="welcome-answer"),
    path("language", choose_language, name="language"),
]
