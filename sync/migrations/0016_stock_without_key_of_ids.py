"""The ids of balances lose their index: nobody asks for a balance by its id, and no other table refers to one.

It took as long to write as the index of the key, a fifth of a first load's merge. A balance is told from others by its
key, which the database keeps unique; ids come from the sequence of their column. Whoever copies the database by its
logical log needs to be told how rows are found there.
"""

from django.db import migrations

WITHOUT = """
    ALTER TABLE sync_stockbalance DROP CONSTRAINT sync_stockbalance_pkey, REPLICA IDENTITY FULL;
    ALTER TABLE sync_stockbalance ALTER COLUMN id SET CACHE 1000;
"""
WITH = """
    ALTER TABLE sync_stockbalance ALTER COLUMN id SET CACHE 1;
    ALTER TABLE sync_stockbalance ADD CONSTRAINT sync_stockbalance_pkey PRIMARY KEY (id), REPLICA IDENTITY DEFAULT;
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0015_lean_orders")]

    operations = [migrations.RunSQL(WITHOUT, WITH)]
