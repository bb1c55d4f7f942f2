"""From when on it is worth looking whether a request can come to anything; and those whom nothing can tell end."""

from django.db import migrations, models
from django.db.models import F


def look_at_all(apps, schema_editor):
    requests = apps.get_model("scheduling", "EarlierSlotRequest").objects.filter(looked_at_from=None)
    requests.update(looked_at_from=F("waiting_since"))


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0021_earlier_slots")]

    operations = [
        migrations.AddField(
            model_name="earlierslotrequest",
            name="looked_at_from",
            field=models.DateTimeField(null=True, verbose_name="revue à partir du"),
        ),
        migrations.RunPython(look_at_all, migrations.RunPython.noop, elidable=True),
        # What is deferred is checked first: a table with pending checks cannot be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.AlterField(
            model_name="earlierslotrequest",
            name="looked_at_from",
            field=models.DateTimeField(verbose_name="revue à partir du"),
        ),
        migrations.AddIndex(
            model_name="earlierslotrequest",
            index=models.Index(
                fields=["looked_at_from"], name="earlier_slot_to_be_looked_at", condition=models.Q(ended_at=None)
            ),
        ),
        migrations.AlterField(
            model_name="earlierslotrequest",
            name="end",
            field=models.CharField(
                blank=True,
                choices=[
                    ("left", "sorti de la liste"),
                    ("moved", "créneau plus tôt accepté"),
                    ("exhausted", "toutes les propositions sont faites"),
                    ("too_late", "plus rien ne peut venir avant le rendez-vous"),
                    ("unreachable", "aucun moyen de la prévenir"),
                    ("appointment_over", "rendez-vous annulé ou passé"),
                ],
                max_length=20,
                verbose_name="raison de la sortie",
            ),
        ),
    ]
