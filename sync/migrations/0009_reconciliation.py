"""What a reconciliation needs: quick look-ups among the ids seen, and a place to wait while another run is open."""

from django.db import migrations, models

# One index that answers whether a run has seen an id, whatever the planner knows of a table that is never analysed.
LOOK_UP = """
    DROP INDEX sync_seen_run;
    CREATE INDEX sync_seen_id ON sync_seen (run_id, object_id);
"""
UNDO = """
    DROP INDEX sync_seen_id;
    CREATE INDEX sync_seen_run ON sync_seen (run_id);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0008_lean_stock'),
    ]

    operations = [
        migrations.AddField(
            model_name='stream',
            name='next_mode',
            field=models.CharField(blank=True, choices=[('full', 'Everything'), ('incremental', 'Changes only'), ('snapshot', 'Snapshot'), ('reconcile', 'Reconciliation of ids'), ('restore', 'Putting a snapshot in place')], default='', help_text='The run that was asked for while another one was open. It begins when that has ended.', max_length=12),
        ),
        migrations.AddField(
            model_name='stream',
            name='next_trigger',
            field=models.CharField(blank=True, choices=[('schedule', 'Schedule'), ('person', 'Person'), ('resume', 'Goes on where another stopped'), ('web_hook', 'Web hook')], default='', max_length=10),
        ),
        migrations.RunSQL(LOOK_UP, UNDO),
    ]
