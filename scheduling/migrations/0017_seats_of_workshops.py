"""Seats of workshops: numbered, taken once, never more than there are (see `Participation`)."""

from django.db import migrations, models

CREATE = """
CREATE FUNCTION scheduling_participation_has_a_seat() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total integer;
BEGIN
    SELECT seats INTO total FROM scheduling_appointment WHERE id = NEW.appointment_id;
    IF total IS NULL AND NEW.seat IS NULL AND NEW.waiting_since IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.left_at IS NOT NULL THEN
        NEW.seat := NULL;
        RETURN NEW;
    END IF;
    IF total IS NOT NULL AND NEW.seat IS NULL
        AND (NEW.waiting_since IS NOT NULL OR NEW.status NOT IN ('booked', 'fulfilled', 'no_show')) THEN
        RETURN NEW;
    END IF;
    -- Waits for who changes the number of seats, and keeps them waiting until this seat is seen by everybody.
    SELECT seats INTO total FROM scheduling_appointment WHERE id = NEW.appointment_id FOR SHARE;
    IF total IS NULL OR NEW.seat IS NULL OR NEW.seat NOT BETWEEN 1 AND total THEN
        RAISE EXCEPTION 'participation %: no seat % among %', NEW.id, NEW.seat, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'participation_has_a_seat';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER participation_has_a_seat
    BEFORE INSERT OR UPDATE OF appointment_id, status, left_at, seat, waiting_since ON scheduling_participation FOR EACH ROW
    EXECUTE FUNCTION scheduling_participation_has_a_seat();

CREATE FUNCTION scheduling_appointment_keeps_its_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seats IS NULL OR NEW.seats IS NULL
        OR EXISTS (SELECT FROM scheduling_participation WHERE appointment_id = NEW.id AND seat > NEW.seats) THEN
        RAISE EXCEPTION 'appointment %: seats from % to %', NEW.id, OLD.seats, NEW.seats
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointment_keeps_its_seats';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appointment_keeps_its_seats
    BEFORE UPDATE OF seats ON scheduling_appointment FOR EACH ROW WHEN (OLD.seats IS DISTINCT FROM NEW.seats)
    EXECUTE FUNCTION scheduling_appointment_keeps_its_seats();
"""

DROP = """
DROP TRIGGER appointment_keeps_its_seats ON scheduling_appointment;
DROP FUNCTION scheduling_appointment_keeps_its_seats;
DROP TRIGGER participation_has_a_seat ON scheduling_participation;
DROP FUNCTION scheduling_participation_has_a_seat;
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0016_named_views_of_the_agenda")]

    operations = [
        migrations.AddField(
            model_name="participation",
            name="seat",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name="place"),
        ),
        migrations.AddField(
            model_name="participation",
            name="waiting_since",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="en attente depuis"
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("seats__isnull", True), ("seats__gte", 1), _connector="OR"),
                name="appointment_has_a_seat_or_none_to_count",
                violation_error_message="Un atelier a au moins une place.",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("seats__isnull", False)),
                fields=["organization", "starts_at"],
                name="appointment_workshop_by_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("seat__isnull", False)),
                fields=("appointment", "seat"),
                name="participation_seat_taken_once",
                violation_error_message="Cette place est déjà prise.",
            ),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("waiting_since__isnull", True),
                    models.Q(
                        ("seat__isnull", True), models.Q(("status__in", ["fulfilled", "no_show"]), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="participation_waits_without_a_seat",
                violation_error_message="Cette personne est en liste d'attente.",
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
