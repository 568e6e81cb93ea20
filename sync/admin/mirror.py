"""The mirror, to look things up in. ERP.net is where it is changed."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from sync import models
from sync.admin.stock import SnapshotPages


class LineInline(admin.TabularInline):
    """Lines of a document, to read."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, *args: object) -> bool:
        return False

    def has_change_permission(self, *args: object) -> bool:
        return False


class OrderLineInline(LineInline):
    model = models.OrderLine
    fields = (
        "line_no",
        "product",
        "quantity",
        "unit",
        "price",
        "planned_delivery_date",
        "confirmed_quantity",
    )


class ShipmentLineInline(LineInline):
    model = models.ShipmentLine
    fields = ("line_no", "product", "order_line", "quantity", "unit")


class InvoiceLineInline(LineInline):
    model = models.InvoiceLine
    fields = ("line_no", "product", "quantity", "unit", "unit_price", "amount")


@admin.register(models.PurchaseOrder)
class PurchaseOrderAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        "document_date",
        "state",
        "is_void",
        "partner",
        "enterprise_company",
        "erp_updated_at",
    )
    list_filter = ("state", "is_void", "enterprise_company", "partner")
    list_select_related = ("partner", "enterprise_company")
    search_fields = ("number", "id")
    inlines = (OrderLineInline,)


@admin.register(models.Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = ("number", "state", "is_void", "partner", "order", "planned_delivery_date", "created_at")
    list_filter = ("state", "is_void", "partner")
    list_select_related = ("partner", "order")
    search_fields = ("number", "order__number", "delivery_note_number", "tracking_number", "id")
    inlines = (ShipmentLineInline,)


@admin.register(models.Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ("number", "supplier_number", "document_date", "due_date", "state", "is_void", "partner")
    list_filter = ("state", "is_void", "partner")
    list_select_related = ("partner",)
    search_fields = ("number", "supplier_number", "id")
    inlines = (InvoiceLineInline,)


@admin.register(models.PaymentOrder)
class PaymentOrderAdmin(ReadOnlyAdmin):
    list_display = ("number", "due_date", "amount", "currency", "state", "is_void", "partner")
    list_filter = ("state", "is_void", "partner")
    list_select_related = ("partner",)
    search_fields = ("number", "id")


@admin.register(models.Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("part_number", "names", "unit", "is_active")
    list_filter = ("is_active",)
    search_fields = ("part_number", "names", "id")


@admin.register(models.ProductSupply)
class ProductSupplyAdmin(ReadOnlyAdmin):
    list_display = ("product", "partner", "kind", "enterprise_company", "is_active", "starts_on", "ends_on")
    list_filter = ("kind", "is_active", "partner")
    list_select_related = ("product", "partner", "enterprise_company")
    search_fields = ("product__part_number", "id")


@admin.register(models.StockBalance)
class StockBalanceAdmin(SnapshotPages, ReadOnlyAdmin):
    list_display = ("product", "enterprise_company", "store", "quantity", "unit")
    list_filter = ("enterprise_company", "store")
    list_select_related = ("product", "enterprise_company", "store")
    search_fields = ("product__part_number",)
    show_full_result_count = False


@admin.register(models.Supplier)
class SupplierAdmin(ReadOnlyAdmin):
    list_display = ("number", "party", "enterprise_company", "partner", "is_active")
    list_filter = ("is_active", "enterprise_company")
    list_select_related = ("party", "enterprise_company", "partner")
    search_fields = ("number", "party__name", "id")


@admin.register(models.Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("number", "party", "enterprise_company", "is_active", "starts_on", "ends_on")
    list_filter = ("is_active", "enterprise_company")
    list_select_related = ("party", "enterprise_company")
    search_fields = ("number", "party__name", "id")


@admin.register(models.ExternalAccess)
class ExternalAccessAdmin(ReadOnlyAdmin):
    list_display = ("user", "customer", "role", "days_back")
    list_filter = ("role",)
    list_select_related = ("user", "customer")
    search_fields = ("user__login", "customer__number", "customer__party__name", "id")


@admin.register(models.DirectoryUser)
class DirectoryUserAdmin(ReadOnlyAdmin):
    list_display = ("login", "name", "user_type", "is_active", "person")
    list_filter = ("user_type", "is_active")
    list_select_related = ("person",)
    search_fields = ("login", "name", "email", "id")


@admin.register(models.Person)
class PersonAdmin(ReadOnlyAdmin):
    list_display = ("name", "parent_party", "erp_updated_at")
    list_select_related = ("parent_party",)
    search_fields = ("name", "id")


@admin.register(models.Company, models.EnterpriseCompany)
class CompanyAdmin(ReadOnlyAdmin):
    list_display = ("name", "id", "erp_updated_at")
    search_fields = ("name", "id")
