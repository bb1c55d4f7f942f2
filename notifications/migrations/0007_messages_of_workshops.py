"""Kinds of messages: a queue, and a seat that is freed."""

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
    ("code", "code de confirmation"),
    ("account", "compte d'agent"),
]


class Migration(migrations.Migration):
    dependencies = [("notifications", "0006_messages_sent_again")]

    operations = [
        migrations.AlterField(
            "message", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="nature")
        ),
    ]
