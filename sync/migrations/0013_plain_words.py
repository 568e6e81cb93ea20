"""Plainer words for a run and for why a partner supplies a product. Nothing in the database changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0012_outbox_kept'),
    ]

    operations = [
        migrations.AlterField(
            model_name='productsupply',
            name='kind',
            field=models.CharField(choices=[('supply', 'Supply rule'), ('price', 'Purchase price')], max_length=8, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='run',
            name='failures',
            field=models.IntegerField(default=0, help_text='Turns since the last page was written. Too many end the run.', verbose_name='turns without a page'),
        ),
    ]
