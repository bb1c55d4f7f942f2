"""Who prescribed an appointment: somebody that the territory of its organization knows, whatever the code does."""

import django.db.models.deletion
from django.db import migrations, models

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

DROP = """
DROP TRIGGER appointment_prescriber_of_its_territory ON scheduling_appointment;
DROP FUNCTION scheduling_appointment_prescriber();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0014_prescribers_and_what_agents_are_told'),
        ('scheduling', '0018_events_of_workshops'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='prescriber',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='appointments', to='organizations.prescriber', verbose_name='prescripteur'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('prescriber', None), ('created_by_kind', 'prescriber'), _connector='OR'), name='appointment_of_a_prescriber_made_by_one', violation_error_message="Un agent ou l'usager a pris ce rendez-vous, et non un prescripteur."),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
