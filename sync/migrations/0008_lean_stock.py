"""One index for the key of a balance and for the pages, room for changes in place, and a staging table that refuses.

Pages ask for the balances of some products. With the product first, the index of the key serves them too, and a load
writes two indexes instead of six. A tenth of each page of the table is left free: a quantity that changes is then
written beside the old one, and no index hears of it.
"""

import django.db.models.deletion
from django.db import migrations, models

ROOM = "ALTER TABLE sync_stockbalance SET (fillfactor = 90);"
NO_ROOM = "ALTER TABLE sync_stockbalance RESET (fillfactor);"

# What PostgreSQL's types let through and no balance has.
REFUSING = """
    ALTER TABLE sync_stock_staging
        ALTER enterprise_company_id SET NOT NULL, ALTER store_id SET NOT NULL, ALTER product_id SET NOT NULL,
        ALTER quantity SET NOT NULL, ALTER unit SET NOT NULL,
        ADD CONSTRAINT quantity_is_a_number CHECK (quantity <> 'NaN');
"""
TAKING = """
    ALTER TABLE sync_stock_staging
        ALTER enterprise_company_id DROP NOT NULL, ALTER store_id DROP NOT NULL, ALTER product_id DROP NOT NULL,
        ALTER quantity DROP NOT NULL, ALTER unit DROP NOT NULL,
        DROP CONSTRAINT quantity_is_a_number;
"""


def key_of_another_record(to: str) -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [("sync", "0007_outbox_moves")]

    operations = [
        migrations.RemoveConstraint("stockbalance", "stock_balance_key"),
        migrations.RemoveIndex("stockbalance", "stock_product"),
        migrations.AlterField(
            "stockbalance", "enterprise_company", key_of_another_record("sync.enterprisecompany")
        ),
        migrations.AlterField("stockbalance", "product", key_of_another_record("sync.product")),
        migrations.AlterField("stockbalance", "store", key_of_another_record("sync.store")),
        migrations.AddConstraint(
            "stockbalance",
            models.UniqueConstraint(
                fields=[
                    "product",
                    "enterprise_company",
                    "store",
                    "store_bin_id",
                    "variant_id",
                    "lot_id",
                    "serial_number_id",
                ],
                name="stock_balance_key",
                nulls_distinct=False,
            ),
        ),
        migrations.RunSQL("TRUNCATE sync_stock_staging;", migrations.RunSQL.noop),
        migrations.RunSQL(REFUSING, TAKING),
        migrations.RunSQL(ROOM, NO_ROOM),
    ]
