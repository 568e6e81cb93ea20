"""`$batch`: several requests in one, with changes that are saved together or not at all.

    batch = api.batch()
    units = batch.read(Query("General_Products_MeasurementUnits").top(10))
    with batch.changeset() as changes:
        order = changes.create("Crm_Sales_SalesOrders", {...})
        changes.create(order / "Lines", {...})
    batch.send()
    print(units.result().rows, order.result()["DocumentNo"])

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/batch.html
"""

from erpnet.batch.changeset import Changeset
from erpnet.batch.pending import Children, Created, Pending
from erpnet.batch.sending import Batch

__all__ = ["Batch", "Changeset", "Children", "Created", "Pending"]
