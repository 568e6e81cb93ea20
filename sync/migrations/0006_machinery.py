"""What runs leave behind besides the mirror: rows that could not be read, differences of the stock, ids seen, alerts.

All of it is for staff and workers; partners see none of it. The ids that a reconciliation has seen are not logged: a
crash empties the table, and the run that was filling it counts them before it believes them.
"""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

FOR_STAFF = ("sync_unreadablerow", "sync_stockchange", "sync_alert")
STAFF = "(SELECT current_setting('portal.staff', true) = 'on')"

SEEN = """
    CREATE UNLOGGED TABLE sync_seen (run_id uuid NOT NULL, object_id uuid NOT NULL);
    CREATE INDEX sync_seen_run ON sync_seen (run_id);
    REVOKE ALL ON sync_seen FROM portal_web;
"""
# Staff close an alert by hand; all else is written by workers.
READ_ALONE = """
    REVOKE INSERT, UPDATE, DELETE ON sync_unreadablerow, sync_stockchange, sync_alert, sync_heartbeat FROM portal_web;
    GRANT UPDATE (closed_at) ON sync_alert TO portal_web;
"""


def keep_from_partners(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY partner_rows ON {table} USING (false) WITH CHECK (false);
        CREATE POLICY staff_rows ON {table} USING ({STAFF}) WITH CHECK ({STAFF});
        CREATE POLICY worker_rows ON {table} TO portal_worker USING (true) WITH CHECK (true);
        """,
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0005_policies_ask_once'),
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('queue', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('seen_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='outboxentry',
            name='base',
            field=models.JSONField(blank=True, help_text='What the partner saw before changing it, in the words of the payload.', null=True),
        ),
        migrations.AddField(
            model_name='outboxentry',
            name='dropped_at',
            field=models.DateTimeField(blank=True, help_text='When staff decided that it shall not be sent any more.', null=True),
        ),
        migrations.AddField(
            model_name='outboxentry',
            name='theirs',
            field=models.JSONField(blank=True, help_text='The document as ERP.net had it when it refused this, in the words of the payload.', null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='dry_run',
            field=models.BooleanField(default=False, help_text='It shows what would change, and changes nothing.'),
        ),
        migrations.AddField(
            model_name='run',
            name='of',
            field=models.ForeignKey(blank=True, help_text='The run whose snapshot this one puts in place, or from which it goes on.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sync.run'),
        ),
        migrations.AddField(
            model_name='run',
            name='seconds_parsing',
            field=models.FloatField(default=0),
        ),
        migrations.AddField(
            model_name='run',
            name='throttled',
            field=models.IntegerField(default=0, help_text='How often ERP.net answered 429: too many requests.'),
        ),
        migrations.AlterField(
            model_name='run',
            name='mode',
            field=models.CharField(choices=[('full', 'Everything'), ('incremental', 'Changes only'), ('snapshot', 'Snapshot'), ('reconcile', 'Reconciliation of ids'), ('restore', 'Putting a snapshot in place')], max_length=12),
        ),
        migrations.AlterField(
            model_name='run',
            name='trigger',
            field=models.CharField(choices=[('schedule', 'Schedule'), ('person', 'Person'), ('resume', 'Goes on where another stopped'), ('web_hook', 'Web hook')], max_length=10),
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('delivery', 'A delivery was given up'), ('run', 'A run failed or was refused'), ('schedule', 'A scheduled task did not start'), ('worker', 'A worker does not do its work'), ('licences', 'ERP.net has no free licence')], max_length=10)),
                ('subject', models.CharField(help_text='What it is about: one open alert for each.', max_length=120)),
                ('message', models.TextField()),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-opened_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('kind', 'subject'), name='one_open_alert_per_subject')],
            },
        ),
        migrations.CreateModel(
            name='StockChange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('store_bin_id', models.UUIDField(null=True)),
                ('variant_id', models.UUIDField(null=True)),
                ('lot_id', models.UUIDField(null=True)),
                ('serial_number_id', models.UUIDField(null=True)),
                ('quantity_before', models.DecimalField(decimal_places=3, max_digits=38, null=True)),
                ('unit_before', models.CharField(max_length=16, null=True)),
                ('quantity_after', models.DecimalField(decimal_places=3, max_digits=38, null=True)),
                ('unit_after', models.CharField(max_length=16, null=True)),
                ('enterprise_company', models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.enterprisecompany')),
                ('product', models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.product')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stock_changes', to='sync.run')),
                ('store', models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.store')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='UnreadableRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entity_set', models.CharField(max_length=100)),
                ('object_id', models.CharField(max_length=64)),
                ('why', models.TextField()),
                ('row', models.JSONField(default=dict)),
                ('first_seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('run', models.ForeignKey(help_text='The run that met it last.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='unreadable_rows', to='sync.run')),
                ('stream', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unreadable_rows', to='sync.stream')),
            ],
            options={
                'ordering': ['-last_seen_at', '-id'],
                'constraints': [models.UniqueConstraint(fields=('stream', 'entity_set', 'object_id'), name='unreadable_row_once')],
            },
        ),
        *(keep_from_partners(table) for table in FOR_STAFF),
        migrations.RunSQL(SEEN, "DROP TABLE sync_seen;"),
        migrations.RunSQL(READ_ALONE, migrations.RunSQL.noop),
    ]
