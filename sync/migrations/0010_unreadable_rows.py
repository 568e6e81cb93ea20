"""What could not be read is kept in rows of its own, with the object as it came."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0009_reconciliation'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='run',
            name='faults',
        ),
    ]
