"""The names that entity sets had in earlier versions.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/handling-renames.html
"""

# Old name, new name, the version that brought it; in the order of the versions.
RENAMES = (
    ("Crm_Customers", "Crm_Sales_Customers", "23.1.1.12"),
    ("General_Currencies", "General_Currencies_Currencies", "23.1.1.12"),
    ("General_DocumentTypes", "Systems_Documents_DocumentTypes", "23.1.1.12"),
    ("General_MeasurementUnits", "General_Products_MeasurementUnits", "23.1.1.12"),
)


def current_name(entity_set: str) -> str:
    """The name of an entity set today: nobody can ask for a set by an old name, but odata ids may still have it."""
    for old, new, _ in RENAMES:
        if old == entity_set:
            entity_set = new
    return entity_set
