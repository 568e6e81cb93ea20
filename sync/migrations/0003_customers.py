"""Customers and who of them may see what: nobody's business but that of staff and of the workers."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.tenancy import WEB_ROLE, WORKER_ROLE

TABLES = ("sync_customer", "sync_externalaccess")
READ_ALONE = f"REVOKE INSERT, UPDATE, DELETE ON {', '.join(TABLES)} FROM {WEB_ROLE};"
STAFF = "(SELECT current_setting('portal.staff', true) = 'on')"


def row_security_sql(table: str) -> str:
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY partner_rows ON {table} USING (false) WITH CHECK (false);
        CREATE POLICY staff_rows ON {table} USING ({STAFF}) WITH CHECK ({STAFF});
        CREATE POLICY worker_rows ON {table} TO {WORKER_ROLE} USING (true) WITH CHECK (true);
    """


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0002_row_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('erp_updated_at', models.DateTimeField(editable=False, null=True, verbose_name='last change in ERP.net')),
                ('fetched_at', models.DateTimeField(editable=False, verbose_name='copied at')),
                ('number', models.CharField(blank=True, max_length=16)),
                ('is_active', models.BooleanField(default=True)),
                ('starts_on', models.DateField(blank=True, null=True)),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('enterprise_company', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.enterprisecompany')),
                ('party', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.company')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ExternalAccess',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('erp_updated_at', models.DateTimeField(editable=False, null=True, verbose_name='last change in ERP.net')),
                ('fetched_at', models.DateTimeField(editable=False, verbose_name='copied at')),
                ('role', models.CharField(max_length=32)),
                ('days_back', models.IntegerField(blank=True, null=True)),
                ('customer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.customer')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.directoryuser')),
            ],
            options={
                'verbose_name': 'external access',
                'verbose_name_plural': 'external access',
            },
        ),
        *(
            migrations.RunSQL(row_security_sql(table), migrations.RunSQL.noop) for table in TABLES
        ),
        migrations.RunSQL(READ_ALONE, migrations.RunSQL.noop),
    ]
