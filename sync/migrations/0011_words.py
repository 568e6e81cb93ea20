"""Names for people of what the admin shows. Nothing in the database changes."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_words'),
        ('sync', '0010_unreadable_rows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='alert',
            options={'ordering': ['-opened_at', '-id'], 'verbose_name': 'alert', 'verbose_name_plural': 'alerts'},
        ),
        migrations.AlterModelOptions(
            name='customer',
            options={'verbose_name': 'customer', 'verbose_name_plural': 'customers'},
        ),
        migrations.AlterModelOptions(
            name='directoryuser',
            options={'verbose_name': 'directory user', 'verbose_name_plural': 'directory users'},
        ),
        migrations.AlterModelOptions(
            name='invoice',
            options={'ordering': ['-document_date', '-id'], 'verbose_name': 'purchase invoice', 'verbose_name_plural': 'purchase invoices'},
        ),
        migrations.AlterModelOptions(
            name='invoiceline',
            options={'ordering': ['line_no'], 'verbose_name': 'invoice line', 'verbose_name_plural': 'invoice lines'},
        ),
        migrations.AlterModelOptions(
            name='orderline',
            options={'ordering': ['line_no'], 'verbose_name': 'order line', 'verbose_name_plural': 'order lines'},
        ),
        migrations.AlterModelOptions(
            name='paymentorder',
            options={'verbose_name': 'payment order', 'verbose_name_plural': 'payment orders'},
        ),
        migrations.AlterModelOptions(
            name='person',
            options={'verbose_name': 'person', 'verbose_name_plural': 'people'},
        ),
        migrations.AlterModelOptions(
            name='product',
            options={'verbose_name': 'product', 'verbose_name_plural': 'products'},
        ),
        migrations.AlterModelOptions(
            name='purchaseorder',
            options={'ordering': ['-document_date', '-id'], 'verbose_name': 'purchase order', 'verbose_name_plural': 'purchase orders'},
        ),
        migrations.AlterModelOptions(
            name='run',
            options={'ordering': ['-created_at'], 'verbose_name': 'run', 'verbose_name_plural': 'runs'},
        ),
        migrations.AlterModelOptions(
            name='shipment',
            options={'ordering': ['-created_at', '-id'], 'verbose_name': 'shipment', 'verbose_name_plural': 'shipments'},
        ),
        migrations.AlterModelOptions(
            name='shipmentline',
            options={'ordering': ['line_no'], 'verbose_name': 'shipment line', 'verbose_name_plural': 'shipment lines'},
        ),
        migrations.AlterModelOptions(
            name='stockbalance',
            options={'verbose_name': 'stock balance', 'verbose_name_plural': 'stock balances'},
        ),
        migrations.AlterModelOptions(
            name='store',
            options={'verbose_name': 'store', 'verbose_name_plural': 'stores'},
        ),
        migrations.AlterModelOptions(
            name='stream',
            options={'verbose_name': 'stream', 'verbose_name_plural': 'streams'},
        ),
        migrations.AlterModelOptions(
            name='supplier',
            options={'verbose_name': 'supplier', 'verbose_name_plural': 'suppliers'},
        ),
        migrations.AlterModelOptions(
            name='unreadablerow',
            options={'ordering': ['-last_seen_at', '-id'], 'verbose_name': 'unreadable row', 'verbose_name_plural': 'unreadable rows'},
        ),
        migrations.AlterField(
            model_name='alert',
            name='closed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='closed at'),
        ),
        migrations.AlterField(
            model_name='alert',
            name='kind',
            field=models.CharField(choices=[('delivery', 'A delivery was given up'), ('run', 'A run failed or was refused'), ('schedule', 'A scheduled task did not start'), ('worker', 'A worker does not do its work'), ('licences', 'ERP.net has no free licence')], max_length=10, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='alert',
            name='mailed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='mailed at'),
        ),
        migrations.AlterField(
            model_name='alert',
            name='message',
            field=models.TextField(verbose_name='what it says'),
        ),
        migrations.AlterField(
            model_name='alert',
            name='opened_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='opened at'),
        ),
        migrations.AlterField(
            model_name='alert',
            name='subject',
            field=models.CharField(help_text='What it is about: one open alert for each.', max_length=120, verbose_name='about'),
        ),
        migrations.AlterField(
            model_name='company',
            name='code',
            field=models.CharField(blank=True, max_length=16, verbose_name='code'),
        ),
        migrations.AlterField(
            model_name='company',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='company',
            name='name',
            field=models.CharField(max_length=254, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='customer',
            name='ends_on',
            field=models.DateField(blank=True, null=True, verbose_name='until'),
        ),
        migrations.AlterField(
            model_name='customer',
            name='enterprise_company',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.enterprisecompany', verbose_name='enterprise company'),
        ),
        migrations.AlterField(
            model_name='customer',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='customer',
            name='number',
            field=models.CharField(blank=True, max_length=16, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='customer',
            name='party',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.company', verbose_name='company'),
        ),
        migrations.AlterField(
            model_name='customer',
            name='starts_on',
            field=models.DateField(blank=True, null=True, verbose_name='from'),
        ),
        migrations.AlterField(
            model_name='directoryuser',
            name='email',
            field=models.CharField(blank=True, max_length=254, verbose_name='e-mail'),
        ),
        migrations.AlterField(
            model_name='directoryuser',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='directoryuser',
            name='login',
            field=models.CharField(max_length=64, verbose_name='login'),
        ),
        migrations.AlterField(
            model_name='directoryuser',
            name='name',
            field=models.CharField(blank=True, max_length=254, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='directoryuser',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.person', verbose_name='person'),
        ),
        migrations.AlterField(
            model_name='directoryuser',
            name='user_type',
            field=models.CharField(max_length=32, verbose_name='kind of user'),
        ),
        migrations.AlterField(
            model_name='enterprisecompany',
            name='name',
            field=models.CharField(max_length=254, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='externalaccess',
            name='customer',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.customer', verbose_name='customer'),
        ),
        migrations.AlterField(
            model_name='externalaccess',
            name='days_back',
            field=models.IntegerField(blank=True, null=True, verbose_name='days back'),
        ),
        migrations.AlterField(
            model_name='externalaccess',
            name='role',
            field=models.CharField(max_length=32, verbose_name='role'),
        ),
        migrations.AlterField(
            model_name='externalaccess',
            name='user',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.directoryuser', verbose_name='directory user'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='currency',
            field=models.CharField(blank=True, max_length=4, verbose_name='currency'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='document_date',
            field=models.DateField(verbose_name='document date'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='due_date',
            field=models.DateField(blank=True, null=True, verbose_name='due date'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='enterprise_company',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.enterprisecompany', verbose_name='enterprise company'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='is_void',
            field=models.BooleanField(default=False, verbose_name='void'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='number',
            field=models.CharField(max_length=20, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='order',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='invoices', to='sync.purchaseorder', verbose_name='purchase order'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='state',
            field=models.CharField(choices=[('New', 'New'), ('Adjustment', 'Adjustment'), ('Planned', 'Planned'), ('FirmPlanned', 'Firm planned'), ('Released', 'Released'), ('Completed', 'Completed'), ('Closed', 'Closed')], max_length=12, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='supplier',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.supplier', verbose_name='supplier'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='supplier_number',
            field=models.CharField(blank=True, max_length=20, verbose_name="supplier's number"),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='amount',
            field=models.DecimalField(decimal_places=2, max_digits=14, verbose_name='amount'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='descriptions',
            field=models.JSONField(default=dict, verbose_name='descriptions'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sync.invoice', verbose_name='purchase invoice'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='line_no',
            field=models.IntegerField(verbose_name='line'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='product',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.product', verbose_name='product'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='quantity',
            field=models.DecimalField(decimal_places=3, max_digits=18, verbose_name='quantity'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='unit',
            field=models.CharField(max_length=16, verbose_name='unit'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='unit_price',
            field=models.DecimalField(decimal_places=5, max_digits=14, verbose_name='unit price'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='confirmed_quantity',
            field=models.DecimalField(decimal_places=3, max_digits=18, null=True, verbose_name='confirmed quantity'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='descriptions',
            field=models.JSONField(default=dict, verbose_name='descriptions'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='line_no',
            field=models.IntegerField(verbose_name='line'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sync.purchaseorder', verbose_name='purchase order'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='planned_delivery_date',
            field=models.DateField(null=True, verbose_name='planned delivery'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='price',
            field=models.DecimalField(decimal_places=5, max_digits=14, null=True, verbose_name='price'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='product',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.product', verbose_name='product'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='quantity',
            field=models.DecimalField(decimal_places=3, max_digits=18, verbose_name='quantity'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='unit',
            field=models.CharField(max_length=16, verbose_name='unit'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='attempts',
            field=models.IntegerField(default=0, verbose_name='attempts'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='base',
            field=models.JSONField(blank=True, help_text='What the partner saw before changing it, in the words of the payload.', null=True, verbose_name='what the partner had seen'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='correlation_id',
            field=models.CharField(blank=True, max_length=36, verbose_name='reference'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='saved at'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='saved by'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='dropped_at',
            field=models.DateTimeField(blank=True, help_text='When staff decided that it shall not be sent any more.', null=True, verbose_name='dropped at'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='expected_version',
            field=models.BigIntegerField(blank=True, null=True, verbose_name='version that the partner saw'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='finished_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='finished at'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='forms',
            field=models.JSONField(default=dict, help_text='A fingerprint by key: the form that made this entry, and later ones it took in unsent.', verbose_name='forms'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='idempotency_key',
            field=models.UUIDField(help_text="The form's own key: a second click finds the first one's entry.", verbose_name="form's key"),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='kind',
            field=models.CharField(choices=[('announce', 'Announce a shipment'), ('update', 'Change a shipment')], max_length=10, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='lease_owner',
            field=models.CharField(blank=True, max_length=80, verbose_name='worker'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='lease_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='kept by the worker until'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='message',
            field=models.TextField(blank=True, help_text="ERP.net's own words, or why it was not reached.", verbose_name='message'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='message_code',
            field=models.CharField(blank=True, max_length=20, verbose_name='message code'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='next_attempt_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='next attempt'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='payload',
            field=models.JSONField(help_text='What the shipment shall look like in ERP.net.', verbose_name='what is sent'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='shipment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='sync.shipment', verbose_name='shipment'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='state',
            field=models.CharField(choices=[('PENDING', 'Saved'), ('SENDING', 'Sending'), ('UNKNOWN', 'Checking with ERP.net'), ('DONE', 'In ERP.net'), ('REJECTED', 'Refused by ERP.net'), ('CONFLICT', 'Changed in ERP.net meanwhile'), ('DEAD', 'Given up')], default='PENDING', max_length=10, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='outboxentry',
            name='theirs',
            field=models.JSONField(blank=True, help_text='The document as ERP.net had it when it refused this, in the words of the payload.', null=True, verbose_name='what ERP.net had'),
        ),
        migrations.AlterField(
            model_name='paymentorder',
            name='amount',
            field=models.DecimalField(decimal_places=2, max_digits=18, verbose_name='amount'),
        ),
        migrations.AlterField(
            model_name='paymentorder',
            name='currency',
            field=models.CharField(blank=True, max_length=4, verbose_name='currency'),
        ),
        migrations.AlterField(
            model_name='paymentorder',
            name='due_date',
            field=models.DateField(null=True, verbose_name='due date'),
        ),
        migrations.AlterField(
            model_name='paymentorder',
            name='invoice',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='payment_orders', to='sync.invoice', verbose_name='purchase invoice'),
        ),
        migrations.AlterField(
            model_name='paymentorder',
            name='is_void',
            field=models.BooleanField(default=False, verbose_name='void'),
        ),
        migrations.AlterField(
            model_name='paymentorder',
            name='number',
            field=models.CharField(max_length=20, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='paymentorder',
            name='party',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.company', verbose_name='company'),
        ),
        migrations.AlterField(
            model_name='paymentorder',
            name='state',
            field=models.CharField(choices=[('New', 'New'), ('Adjustment', 'Adjustment'), ('Planned', 'Planned'), ('FirmPlanned', 'Firm planned'), ('Released', 'Released'), ('Completed', 'Completed'), ('Closed', 'Closed')], max_length=12, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='person',
            name='name',
            field=models.CharField(max_length=254, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='person',
            name='parent_party',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.company', verbose_name='company'),
        ),
        migrations.AlterField(
            model_name='product',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='product',
            name='names',
            field=models.JSONField(default=dict, verbose_name='names'),
        ),
        migrations.AlterField(
            model_name='product',
            name='part_number',
            field=models.CharField(max_length=32, verbose_name='part number'),
        ),
        migrations.AlterField(
            model_name='product',
            name='unit',
            field=models.CharField(blank=True, max_length=16, verbose_name='unit'),
        ),
        migrations.AlterField(
            model_name='productsupply',
            name='ends_on',
            field=models.DateField(blank=True, null=True, verbose_name='until'),
        ),
        migrations.AlterField(
            model_name='productsupply',
            name='enterprise_company',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.enterprisecompany', verbose_name='enterprise company'),
        ),
        migrations.AlterField(
            model_name='productsupply',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='productsupply',
            name='kind',
            field=models.CharField(choices=[('supply', 'ProductSupply'), ('price', 'PurchaseProductPrice')], max_length=8, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='productsupply',
            name='product',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.product', verbose_name='product'),
        ),
        migrations.AlterField(
            model_name='productsupply',
            name='starts_on',
            field=models.DateField(blank=True, null=True, verbose_name='from'),
        ),
        migrations.AlterField(
            model_name='productsupply',
            name='supplier',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.supplier', verbose_name='supplier'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='currency',
            field=models.CharField(blank=True, max_length=4, verbose_name='currency'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='document_date',
            field=models.DateField(verbose_name='document date'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='enterprise_company',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.enterprisecompany', verbose_name='enterprise company'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='is_void',
            field=models.BooleanField(default=False, verbose_name='void'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='notes',
            field=models.TextField(blank=True, verbose_name='notes'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='number',
            field=models.CharField(max_length=20, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='planned_delivery_date',
            field=models.DateField(blank=True, null=True, verbose_name='planned delivery'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='state',
            field=models.CharField(choices=[('New', 'New'), ('Adjustment', 'Adjustment'), ('Planned', 'Planned'), ('FirmPlanned', 'Firm planned'), ('Released', 'Released'), ('Completed', 'Completed'), ('Closed', 'Closed')], max_length=12, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='store',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.store', verbose_name='store'),
        ),
        migrations.AlterField(
            model_name='purchaseorder',
            name='supplier',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.supplier', verbose_name='supplier'),
        ),
        migrations.AlterField(
            model_name='run',
            name='bytes',
            field=models.BigIntegerField(default=0, verbose_name='bytes'),
        ),
        migrations.AlterField(
            model_name='run',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='asked for at'),
        ),
        migrations.AlterField(
            model_name='run',
            name='cursor',
            field=models.JSONField(blank=True, default=dict, verbose_name='where it stands'),
        ),
        migrations.AlterField(
            model_name='run',
            name='dry_run',
            field=models.BooleanField(default=False, help_text='It shows what would change, and changes nothing.', verbose_name='dry run'),
        ),
        migrations.AlterField(
            model_name='run',
            name='failures',
            field=models.IntegerField(default=0, help_text='Turns since the last page was written. Too many end the run.', verbose_name='failed turns'),
        ),
        migrations.AlterField(
            model_name='run',
            name='finished_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='finished at'),
        ),
        migrations.AlterField(
            model_name='run',
            name='lease_until',
            field=models.DateTimeField(blank=True, help_text='Nobody else works on this run before then. Also how a run waits.', null=True, verbose_name='kept by the worker until'),
        ),
        migrations.AlterField(
            model_name='run',
            name='message',
            field=models.TextField(blank=True, verbose_name='message'),
        ),
        migrations.AlterField(
            model_name='run',
            name='mode',
            field=models.CharField(choices=[('full', 'Everything'), ('incremental', 'Changes only'), ('snapshot', 'Snapshot'), ('reconcile', 'Reconciliation of ids'), ('restore', 'Putting a snapshot in place')], max_length=12, verbose_name='mode'),
        ),
        migrations.AlterField(
            model_name='run',
            name='of',
            field=models.ForeignKey(blank=True, help_text='The run whose snapshot this one puts in place, or from which it goes on.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sync.run', verbose_name='belongs to'),
        ),
        migrations.AlterField(
            model_name='run',
            name='pages',
            field=models.IntegerField(default=0, verbose_name='pages'),
        ),
        migrations.AlterField(
            model_name='run',
            name='requests',
            field=models.IntegerField(default=0, verbose_name='requests'),
        ),
        migrations.AlterField(
            model_name='run',
            name='rows_changed',
            field=models.BigIntegerField(default=0, verbose_name='changed'),
        ),
        migrations.AlterField(
            model_name='run',
            name='rows_expected',
            field=models.BigIntegerField(blank=True, null=True, verbose_name='rows expected'),
        ),
        migrations.AlterField(
            model_name='run',
            name='rows_failed',
            field=models.BigIntegerField(default=0, verbose_name='failed'),
        ),
        migrations.AlterField(
            model_name='run',
            name='rows_read',
            field=models.BigIntegerField(default=0, verbose_name='rows read'),
        ),
        migrations.AlterField(
            model_name='run',
            name='rows_removed',
            field=models.BigIntegerField(default=0, verbose_name='removed'),
        ),
        migrations.AlterField(
            model_name='run',
            name='seconds_fetching',
            field=models.FloatField(default=0, verbose_name='seconds fetching'),
        ),
        migrations.AlterField(
            model_name='run',
            name='seconds_parsing',
            field=models.FloatField(default=0, verbose_name='seconds reading rows'),
        ),
        migrations.AlterField(
            model_name='run',
            name='seconds_writing',
            field=models.FloatField(default=0, verbose_name='seconds writing'),
        ),
        migrations.AlterField(
            model_name='run',
            name='started_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='started at'),
        ),
        migrations.AlterField(
            model_name='run',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('flawed', 'Done, with rows that could not be read'), ('refused', 'Refused: not plausible, old data kept'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='run',
            name='stream',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='sync.stream', verbose_name='stream'),
        ),
        migrations.AlterField(
            model_name='run',
            name='throttled',
            field=models.IntegerField(default=0, help_text='How often ERP.net answered 429: too many requests.', verbose_name='slowed down by ERP.net'),
        ),
        migrations.AlterField(
            model_name='run',
            name='trigger',
            field=models.CharField(choices=[('schedule', 'Schedule'), ('person', 'Person'), ('resume', 'Goes on where another stopped'), ('web_hook', 'Web hook')], max_length=10, verbose_name='started by'),
        ),
        migrations.AlterField(
            model_name='run',
            name='turn',
            field=models.IntegerField(default=0, help_text='How often somebody took the run up. Who holds an older number has lost it.', verbose_name='turn'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='carrier',
            field=models.CharField(blank=True, max_length=64, verbose_name='carrier'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='announced at'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='created_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='announced by'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='fetched_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='copied at'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='is_void',
            field=models.BooleanField(default=False, verbose_name='void'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='notes',
            field=models.CharField(blank=True, max_length=254, verbose_name='notes'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='object_version',
            field=models.BigIntegerField(editable=False, null=True, verbose_name='version in ERP.net'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='order',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='shipments', to='sync.purchaseorder', verbose_name='purchase order'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='state',
            field=models.CharField(choices=[('New', 'New'), ('Adjustment', 'Adjustment'), ('Planned', 'Planned'), ('FirmPlanned', 'Firm planned'), ('Released', 'Released'), ('Completed', 'Completed'), ('Closed', 'Closed')], default='New', max_length=12, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='supplier',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.supplier', verbose_name='supplier'),
        ),
        migrations.AlterField(
            model_name='shipment',
            name='tracking_number',
            field=models.CharField(blank=True, max_length=64, verbose_name='tracking number'),
        ),
        migrations.AlterField(
            model_name='shipmentline',
            name='line_no',
            field=models.IntegerField(verbose_name='line'),
        ),
        migrations.AlterField(
            model_name='shipmentline',
            name='order_line',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='shipment_lines', to='sync.orderline', verbose_name='order line'),
        ),
        migrations.AlterField(
            model_name='shipmentline',
            name='product',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.product', verbose_name='product'),
        ),
        migrations.AlterField(
            model_name='shipmentline',
            name='quantity',
            field=models.DecimalField(decimal_places=3, max_digits=18, verbose_name='quantity'),
        ),
        migrations.AlterField(
            model_name='shipmentline',
            name='shipment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sync.shipment', verbose_name='shipment'),
        ),
        migrations.AlterField(
            model_name='shipmentline',
            name='unit',
            field=models.CharField(max_length=16, verbose_name='unit'),
        ),
        migrations.AlterField(
            model_name='stockbalance',
            name='enterprise_company',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.enterprisecompany', verbose_name='enterprise company'),
        ),
        migrations.AlterField(
            model_name='stockbalance',
            name='product',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.product', verbose_name='product'),
        ),
        migrations.AlterField(
            model_name='stockbalance',
            name='quantity',
            field=models.DecimalField(decimal_places=3, max_digits=38, verbose_name='quantity'),
        ),
        migrations.AlterField(
            model_name='stockbalance',
            name='store',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.store', verbose_name='store'),
        ),
        migrations.AlterField(
            model_name='stockbalance',
            name='unit',
            field=models.CharField(blank=True, max_length=16, verbose_name='unit'),
        ),
        migrations.AlterField(
            model_name='store',
            name='code',
            field=models.CharField(max_length=16, verbose_name='code'),
        ),
        migrations.AlterField(
            model_name='store',
            name='names',
            field=models.JSONField(default=dict, verbose_name='names'),
        ),
        migrations.AlterField(
            model_name='stream',
            name='name',
            field=models.CharField(choices=[('directory', 'Directory'), ('products', 'Products'), ('orders', 'Orders'), ('receipts', 'Receipts'), ('invoices', 'Invoices'), ('stock', 'Stock')], max_length=12, primary_key=True, serialize=False, verbose_name='stream'),
        ),
        migrations.AlterField(
            model_name='stream',
            name='next_mode',
            field=models.CharField(blank=True, choices=[('full', 'Everything'), ('incremental', 'Changes only'), ('snapshot', 'Snapshot'), ('reconcile', 'Reconciliation of ids'), ('restore', 'Putting a snapshot in place')], default='', help_text='The run that was asked for while another one was open. It begins when that has ended.', max_length=12, verbose_name='asked for next'),
        ),
        migrations.AlterField(
            model_name='stream',
            name='next_trigger',
            field=models.CharField(blank=True, choices=[('schedule', 'Schedule'), ('person', 'Person'), ('resume', 'Goes on where another stopped'), ('web_hook', 'Web hook')], default='', max_length=10, verbose_name='asked for by'),
        ),
        migrations.AlterField(
            model_name='stream',
            name='watermarks',
            field=models.JSONField(blank=True, default=dict, verbose_name='read up to'),
        ),
        migrations.AlterField(
            model_name='supplier',
            name='enterprise_company',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.enterprisecompany', verbose_name='enterprise company'),
        ),
        migrations.AlterField(
            model_name='supplier',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='supplier',
            name='number',
            field=models.CharField(blank=True, max_length=16, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='supplier',
            name='partner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suppliers', to='accounts.partner', verbose_name='partner'),
        ),
        migrations.AlterField(
            model_name='supplier',
            name='party',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sync.company', verbose_name='company'),
        ),
        migrations.AlterField(
            model_name='unreadablerow',
            name='entity_set',
            field=models.CharField(max_length=100, verbose_name='entity set in ERP.net'),
        ),
        migrations.AlterField(
            model_name='unreadablerow',
            name='first_seen_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='first met at'),
        ),
        migrations.AlterField(
            model_name='unreadablerow',
            name='last_seen_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='last met at'),
        ),
        migrations.AlterField(
            model_name='unreadablerow',
            name='object_id',
            field=models.CharField(max_length=64, verbose_name='object id'),
        ),
        migrations.AlterField(
            model_name='unreadablerow',
            name='row',
            field=models.JSONField(default=dict, verbose_name='as it came'),
        ),
        migrations.AlterField(
            model_name='unreadablerow',
            name='run',
            field=models.ForeignKey(help_text='The run that met it last.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='unreadable_rows', to='sync.run', verbose_name='run'),
        ),
        migrations.AlterField(
            model_name='unreadablerow',
            name='stream',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unreadable_rows', to='sync.stream', verbose_name='stream'),
        ),
        migrations.AlterField(
            model_name='unreadablerow',
            name='why',
            field=models.TextField(verbose_name='why'),
        ),
    ]
