"""Said of each participation by now."""

from django.db import migrations

DROP = """
DROP TRIGGER appointment_prescriber_of_its_territory ON scheduling_appointment;
DROP FUNCTION scheduling_appointment_prescriber();
"""

CREATE = """
CREATE FUNCTION scheduling_appointment_prescriber() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM organizations_organization own
        JOIN organizations_prescriber prescriber ON prescriber.territory_id = own.territory_id
        WHERE own.id = NEW.organization_id AND prescriber.id = NEW.prescriber_id
    ) THEN
        RAISE EXCEPTION 'prescriber % does not book for organization %', NEW.prescriber_id, NEW.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointment_prescriber_of_its_territory';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appointment_prescriber_of_its_territory
    BEFORE INSERT OR UPDATE OF prescriber_id, organization_id ON scheduling_appointment
    FOR EACH ROW WHEN (NEW.prescriber_id IS NOT NULL) EXECUTE FUNCTION scheduling_appointment_prescriber();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0025_participations_of_prescribers'),
    ]

    operations = [
        migrations.RunSQL(DROP, CREATE),
        migrations.RemoveConstraint(model_name='appointment', name='appointment_of_a_prescriber_made_by_one'),
        migrations.RemoveField(model_name='appointment', name='prescriber'),
    ]
