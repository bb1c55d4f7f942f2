"""A kind of message: to who is no longer told of RDVs under this contact."""

from django.db import migrations, models

KINDS = [
    ("booked", "création"),
    ("reminder", "rappel"),
    ("moved", "changement de date"),
    ("no_show", "absence"),
    ("unscheduled", "déprogrammé"),
    ("cancelled_by_citizen", "annulation par l'usager"),
    ("cancelled_by_agent", "annulation par un agent"),
    ("waiting", "liste d'attente"),
    ("seated", "place libérée"),
    ("left_queue", "sortie de la liste d'attente"),
    ("left_calendar", "retiré de l'agenda"),
    ("edited", "modification"),
    ("person_joined", "inscription"),
    ("person_left", "désistement"),
    ("earlier_slot", "créneau plus tôt proposé"),
    ("contact_changed", "contact remplacé"),
    ("summary", "résumé du matin"),
    ("code", "code de confirmation"),
    ("account", "compte d'agent"),
]


class Migration(migrations.Migration):
    dependencies = [("notifications", "0016_indexes_of_the_journal")]

    operations = [
        migrations.AlterField(
            "message", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="nature")
        ),
        migrations.AlterField(
            "messageswitch", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="événement")
        ),
        migrations.AlterField(
            "messagetext", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="événement")
        ),
    ]
