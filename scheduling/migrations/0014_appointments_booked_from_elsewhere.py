"""Where an appointment was booked from, by widening a search: a sister of its organization, or that one itself."""

import django.db.models.deletion
from django.db import migrations, models

CREATE = """
CREATE FUNCTION scheduling_appointment_booked_from() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.booked_from_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM organizations_organization own
        JOIN organizations_organization sister ON sister.territory_id = own.territory_id
        WHERE own.id = NEW.organization_id AND sister.id = NEW.booked_from_id
    ) THEN
        RAISE EXCEPTION 'organization % does not book for organization %', NEW.booked_from_id, NEW.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointment_booked_from_its_territory';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appointment_booked_from_its_territory
    BEFORE INSERT OR UPDATE OF booked_from_id, organization_id ON scheduling_appointment
    FOR EACH ROW WHEN (NEW.booked_from_id IS NOT NULL) EXECUTE FUNCTION scheduling_appointment_booked_from();
"""

DROP = """
DROP TRIGGER appointment_booked_from_its_territory ON scheduling_appointment;
DROP FUNCTION scheduling_appointment_booked_from();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0010_merged_citizens'),
        ('scheduling', '0013_participants_come_and_go'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='booked_from',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name="pris depuis l'organisation"),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
