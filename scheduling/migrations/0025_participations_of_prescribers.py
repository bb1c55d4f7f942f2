"""Who booked for whom is said of each person: into a workshop, everybody comes by another hand."""

import django.db.models.deletion
from django.db import migrations, models

COPY = """
UPDATE scheduling_participation participation SET prescriber_id = appointment.prescriber_id
FROM scheduling_appointment appointment
WHERE appointment.id = participation.appointment_id AND appointment.prescriber_id IS NOT NULL
    -- Whom an agent added later came by another hand.
    AND participation.id = (
        SELECT min(id) FROM scheduling_participation WHERE appointment_id = appointment.id
    );
-- The foreign key is checked now: no table may be altered while that waits for the end of the transaction.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""

COPY_BACK = """
UPDATE scheduling_appointment appointment SET prescriber_id = participation.prescriber_id
FROM scheduling_participation participation
WHERE appointment.id = participation.appointment_id AND participation.prescriber_id IS NOT NULL
    AND appointment.created_by_kind = 'prescriber';
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""

CREATE = """
ALTER TABLE scheduling_participation ADD CONSTRAINT participation_prescriber_of_its_territory
    FOREIGN KEY (prescriber_id, territory_id) REFERENCES organizations_prescriber (id, territory_id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION scheduling_participation_prescriber() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM scheduling_appointment
        WHERE id = NEW.appointment_id AND (seats IS NOT NULL OR created_by_kind = 'prescriber')
    ) THEN
        RAISE EXCEPTION 'no prescriber made appointment %', NEW.appointment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'participation_of_a_prescriber_made_by_one';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER participation_of_a_prescriber_made_by_one
    BEFORE INSERT OR UPDATE OF prescriber_id, appointment_id ON scheduling_participation
    FOR EACH ROW WHEN (NEW.prescriber_id IS NOT NULL) EXECUTE FUNCTION scheduling_participation_prescriber();
"""

DROP = """
DROP TRIGGER participation_of_a_prescriber_made_by_one ON scheduling_participation;
DROP FUNCTION scheduling_participation_prescriber();
ALTER TABLE scheduling_participation DROP CONSTRAINT participation_prescriber_of_its_territory;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0021_prescribers_with_their_territory'),
        ('scheduling', '0023_holds_prolonged_once'),
    ]

    operations = [
        migrations.AddField(
            model_name='participation',
            name='prescriber',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='participations', to='organizations.prescriber', verbose_name='prescripteur'),
        ),
        # Before the keys: nothing is checked that the next line would have to wait for.
        migrations.RunSQL(COPY, COPY_BACK),
        migrations.RunSQL(CREATE, DROP),
    ]
