"""What a delivery is about stays what was accepted; and a shipment keeps what its document's AdditionalDataJson says.

A payload changes while its delivery waits unsent, by a later form, whose fingerprint comes with it. Nothing else of
what a delivery is about ever changes.
"""

from django.db import migrations, models

TRIGGER = """
    CREATE FUNCTION outbox_accepted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (OLD.kind, OLD.shipment_id, OLD.partner_id, OLD.base)
            IS DISTINCT FROM (NEW.kind, NEW.shipment_id, NEW.partner_id, NEW.base)
        THEN
            RAISE EXCEPTION 'What delivery % is about was settled when it was saved.', OLD.id
                USING ERRCODE = 'check_violation';
        ELSIF OLD.payload IS DISTINCT FROM NEW.payload AND NOT (
            OLD.state = 'PENDING' AND NEW.state = 'PENDING' AND NEW.forms @> OLD.forms AND NEW.forms <> OLD.forms
        ) THEN
            RAISE EXCEPTION 'Delivery % says what was accepted; only a form changes that, while it waits unsent.', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER outbox_accepted BEFORE UPDATE OF kind, shipment_id, partner_id, base, payload ON sync_outboxentry
        FOR EACH ROW EXECUTE FUNCTION outbox_accepted();
"""
UNDO = "DROP TRIGGER outbox_accepted ON sync_outboxentry; DROP FUNCTION outbox_accepted();"


class Migration(migrations.Migration):
    dependencies = [("sync", "0013_plain_words")]

    operations = [
        migrations.AddField(
            model_name="shipment",
            name="additional_data_json",
            field=models.TextField(editable=False, null=True, verbose_name="data of applications"),
        ),
        migrations.RunSQL(TRIGGER, UNDO),
    ]
