"""People join an appointment, leave it alone, and have events of their own."""

import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    ("booked", "créé"),
    ("moved", "déplacé"),
    ("cancelled_by_citizen", "annulé par l'usager"),
    ("cancelled_by_agent", "annulé par un agent"),
    ("unscheduled", "déprogrammé"),
    ("resumed", "repris"),
    ("fulfilled", "honoré"),
    ("no_show", "absence non excusée"),
    ("outcome_withdrawn", "résultat retiré"),
    ("edited", "modifié"),
    ("participant_added", "participant ajouté"),
    ("participant_removed", "participant retiré"),
]
OCCUPYING = ["booked", "fulfilled", "no_show"]
OF_ONE_PERSON = ["participant_added", "participant_removed"]

# Django cannot declare a key over several columns (see 0002): an event names a participant of its own appointment.
CREATE = """
ALTER TABLE scheduling_appointmentevent ADD CONSTRAINT appointment_event_participation_of_its_appointment
    FOREIGN KEY (participation_id, appointment_id) REFERENCES scheduling_participation (id, appointment_id)
    DEFERRABLE INITIALLY DEFERRED
"""
DROP = """
ALTER TABLE scheduling_appointmentevent DROP CONSTRAINT appointment_event_participation_of_its_appointment
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0012_participations_follow_merged_citizens")]

    operations = [
        migrations.AddField(
            "participation", "left_at", models.DateTimeField(blank=True, null=True, verbose_name="parti le")
        ),
        migrations.AddField(
            "participation", "is_removed", models.BooleanField(default=False, verbose_name="retiré")
        ),
        migrations.AddField(
            "participation", "idempotency_key", models.UUIDField(blank=True, editable=False, null=True)
        ),
        migrations.AddConstraint(
            "participation",
            models.UniqueConstraint(
                fields=("appointment", "idempotency_key"), name="participation_once_per_idempotency_key"
            ),
        ),
        migrations.AddConstraint(
            "participation",
            models.UniqueConstraint(fields=("id", "appointment"), name="participation_with_its_appointment"),
        ),
        migrations.AddConstraint(
            "participation",
            models.CheckConstraint(
                condition=models.Q(("left_at", None), models.Q(("status__in", OCCUPYING), _negated=True), _connector="OR"),
                name="participation_left_is_cancelled",
            ),
        ),
        migrations.AddConstraint(
            "participation",
            models.CheckConstraint(
                condition=models.Q(("is_removed", False), ("left_at__isnull", False), _connector="OR"),
                name="participation_removed_has_left",
            ),
        ),
        migrations.AlterField(
            "appointmentevent",
            "kind",
            models.CharField(choices=KINDS, max_length=30, verbose_name="événement"),
        ),
        migrations.AddField(
            "appointmentevent",
            "changes",
            models.JSONField(blank=True, default=list, verbose_name="changements"),
        ),
        migrations.AddField(
            "appointmentevent",
            "participation",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="scheduling.participation",
                verbose_name="participation",
            ),
        ),
        migrations.AddConstraint(
            "appointmentevent",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", OF_ONE_PERSON), _negated=True),
                    ("participation__isnull", False),
                    _connector="OR",
                ),
                name="event_of_a_participant_names_them",
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
