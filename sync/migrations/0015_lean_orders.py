"""Fewer indexes on orders and their lines: each costs a pull time for each of its rows, and nobody asks by these.

What a partner sees is found by the indexes that begin with the partner; stores, buyers and products are found by the
lines of an order, never the other way round.
"""

import django.db.models.deletion
from django.db import migrations, models


def owner() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        db_index=False,
        editable=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="accounts.partner",
        verbose_name="partner",
    )


def key_of_another_record(to: str, name: str) -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=to,
        verbose_name=name,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_words"), ("sync", "0014_what_was_accepted")]

    operations = [
        migrations.AlterField("orderline", "partner", owner()),
        migrations.AlterField("orderline", "product", key_of_another_record("sync.product", "product")),
        migrations.AlterField(
            "purchaseorder",
            "enterprise_company",
            key_of_another_record("sync.enterprisecompany", "enterprise company"),
        ),
        migrations.AlterField("purchaseorder", "partner", owner()),
        migrations.AlterField("purchaseorder", "store", key_of_another_record("sync.store", "store")),
    ]
