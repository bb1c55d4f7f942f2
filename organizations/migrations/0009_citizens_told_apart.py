"""How names sound, to find records of one person; and the pairs of which somebody said that they are two."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from organizations.citizen_search import name_key

BATCH = 2000


def fill_keys(apps, schema_editor):
    Citizen = apps.get_model("organizations", "Citizen")
    last = 0
    while citizens := list(Citizen.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for citizen in citizens:
            citizen.name_key = name_key(citizen.first_name, citizen.last_name)
            citizen.birth_name_key = name_key(citizen.first_name, citizen.birth_name) if citizen.birth_name else ""
        Citizen.objects.bulk_update(citizens, ["name_key", "birth_name_key"])
        last = citizens[-1].pk


TERRITORY_KEYS = """
ALTER TABLE organizations_citizenstoldapart
    ADD CONSTRAINT told_apart_one_of_its_territory FOREIGN KEY (one_id, territory_id)
        REFERENCES organizations_citizen (id, territory_id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT told_apart_other_of_its_territory FOREIGN KEY (other_id, territory_id)
        REFERENCES organizations_citizen (id, territory_id) DEFERRABLE INITIALLY DEFERRED;
"""

DROP_TERRITORY_KEYS = """
ALTER TABLE organizations_citizenstoldapart
    DROP CONSTRAINT told_apart_one_of_its_territory,
    DROP CONSTRAINT told_apart_other_of_its_territory;
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0008_places_are_shared_within_their_territory")]

    operations = [
        migrations.AddField("citizen", "name_key", models.TextField(default="", editable=False)),
        migrations.AddField("citizen", "birth_name_key", models.TextField(default="", editable=False)),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.AddIndex(
            "citizen",
            models.Index(
                fields=["territory", "birth_date", "name_key"],
                name="citizen_by_birth_and_name",
                condition=Q(birth_date__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "citizen",
            models.Index(
                fields=["territory", "birth_date", "birth_name_key"],
                name="citizen_by_birth_and_birthname",
                condition=Q(birth_date__isnull=False) & ~Q(birth_name_key=""),
            ),
        ),
        migrations.CreateModel(
            name="CitizensToldApart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "one",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organizations.citizen",
                        verbose_name="une fiche",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organizations.citizen",
                        verbose_name="l'autre",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.territory",
                        verbose_name="territoire",
                    ),
                ),
            ],
            options={
                "verbose_name": "fiches distinctes",
                "verbose_name_plural": "fiches distinctes",
                "indexes": [models.Index(fields=["other"], name="citizens_told_apart_by_other")],
                "constraints": [
                    models.CheckConstraint(condition=Q(one__lt=F("other")), name="citizens_told_apart_in_order"),
                    models.UniqueConstraint(fields=["one", "other"], name="citizens_told_apart_once"),
                ],
            },
        ),
        migrations.RunSQL(TERRITORY_KEYS, DROP_TERRITORY_KEYS),
    ]
