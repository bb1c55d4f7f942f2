"""The day of an appointment: arrived, received by whom, finished; and who came without an appointment."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

COME = ["booked", "fulfilled"]

EVENTS = [
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
    ("arrived", "arrivé"),
    ("arrival_withdrawn", "arrivée retirée"),
    ("received", "reçu"),
    ("reception_withdrawn", "remis en attente"),
    ("finished", "terminé"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0010_merged_citizens"),
        ("scheduling", "0014_appointments_booked_from_elsewhere"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="arrived_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="arrivé à"),
        ),
        migrations.AddField(
            model_name="appointment",
            name="received_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="reçu à"),
        ),
        migrations.AddField(
            model_name="appointment",
            name="received_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="reçu par",
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="finished_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="terminé à"),
        ),
        migrations.AddField(
            model_name="appointment",
            name="is_walk_in",
            field=models.BooleanField(db_default=False, default=False, verbose_name="sans rendez-vous"),
        ),
        migrations.AlterField(
            model_name="appointmentevent",
            name="kind",
            field=models.CharField(choices=EVENTS, max_length=30, verbose_name="événement"),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                name="appointment_received_after_arrival",
                condition=Q(received_at=None) | Q(arrived_at__isnull=False, received_at__gte=F("arrived_at")),
                violation_error_message="Une personne est reçue après son arrivée.",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                name="appointment_finished_after_reception",
                condition=Q(finished_at=None) | Q(received_at__isnull=False, finished_at__gte=F("received_at")),
                violation_error_message="Un rendez-vous se termine après que la personne a été reçue.",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                name="appointment_received_by_somebody_at_a_time",
                condition=Q(received_by=None) | Q(received_at__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                name="appointment_arrived_only_who_has_come", condition=Q(arrived_at=None) | Q(status__in=COME)
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                name="appointment_finished_is_fulfilled", condition=Q(finished_at=None) | Q(status="fulfilled")
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                name="appointment_walk_in_is_not_absent",
                condition=Q(is_walk_in=False) | ~Q(status="no_show"),
                violation_error_message="Une personne venue sans rendez-vous n'est pas absente.",
            ),
        ),
    ]
