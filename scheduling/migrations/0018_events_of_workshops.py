"""Events of those who wait for a seat in a workshop."""

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
    ("arrived", "arrivé"),
    ("arrival_withdrawn", "arrivée retirée"),
    ("received", "reçu"),
    ("reception_withdrawn", "remis en attente"),
    ("finished", "terminé"),
    ("participant_waiting", "mis en liste d'attente"),
    ("participant_seated", "place donnée après attente"),
]
OF_ONE_PERSON = ["participant_added", "participant_removed", "participant_waiting", "participant_seated"]


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0017_seats_of_workshops")]

    operations = [
        migrations.AlterField(
            "appointmentevent", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="événement")
        ),
        migrations.RemoveConstraint("appointmentevent", "event_of_a_participant_names_them"),
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
    ]
