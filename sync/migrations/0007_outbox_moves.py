"""The moves of a delivery between its states, and no others: not by the portal's mistake, nor by hand.

Frozen: `OutboxEntry.MOVES` says what they are today.
"""

from django.db import migrations, models

MOVES = (
    ("PENDING", "SENDING"),
    ("PENDING", "DEAD"),
    ("SENDING", "DONE"),
    ("SENDING", "REJECTED"),
    ("SENDING", "CONFLICT"),
    ("SENDING", "UNKNOWN"),
    ("SENDING", "PENDING"),
    ("SENDING", "DEAD"),
    ("UNKNOWN", "SENDING"),
    ("REJECTED", "PENDING"),
    ("CONFLICT", "PENDING"),
    ("DEAD", "UNKNOWN"),
)
LISTED = ", ".join(f"('{before}', '{after}')" for before, after in MOVES)

TRIGGER = f"""
    CREATE FUNCTION outbox_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state <> 'PENDING' OR NEW.dropped_at IS NOT NULL THEN
                RAISE EXCEPTION 'A delivery begins as PENDING and not as %.', NEW.state
                    USING ERRCODE = 'check_violation';
            END IF;
        ELSIF OLD.dropped_at IS NOT NULL AND (OLD.state, OLD.dropped_at) IS DISTINCT FROM (NEW.state, NEW.dropped_at) THEN
            RAISE EXCEPTION 'Delivery % was dropped, which is for good.', OLD.id USING ERRCODE = 'check_violation';
        ELSIF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN ({LISTED}) THEN
            RAISE EXCEPTION 'Delivery % does not move from % to %.', OLD.id, OLD.state, NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER outbox_moves BEFORE INSERT OR UPDATE OF state, dropped_at ON sync_outboxentry
        FOR EACH ROW EXECUTE FUNCTION outbox_moves();
"""
UNDO = "DROP TRIGGER outbox_moves ON sync_outboxentry; DROP FUNCTION outbox_moves();"


class Migration(migrations.Migration):
    dependencies = [("sync", "0006_machinery")]

    operations = [
        migrations.AddConstraint(
            model_name="outboxentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "SENDING"), _negated=True) | models.Q(("lease_until__isnull", False)),
                name="sending_has_a_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("dropped_at", None)) | models.Q(("state__in", ["REJECTED", "CONFLICT", "DEAD"])),
                name="dropped_is_stuck",
            ),
        ),
        migrations.RunSQL(TRIGGER, UNDO),
    ]
