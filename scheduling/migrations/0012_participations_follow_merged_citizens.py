"""An RDV written for a record that was merged, or is being merged at that moment, is of the one that was kept."""

import django.db.models.deletion
from django.db import migrations, models

CREATE = """
CREATE TRIGGER participation_follows_merged_citizen
    BEFORE INSERT OR UPDATE OF citizen_id ON scheduling_participation FOR EACH ROW
    EXECUTE FUNCTION organizations_follow_merged_citizen();
"""

DROP = "DROP TRIGGER participation_follows_merged_citizen ON scheduling_participation"


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0010_merged_citizens"),
        ("scheduling", "0011_exports"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerParticipation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("former_id", models.BigIntegerField(unique=True)),
                ("former_link_version", models.PositiveIntegerField()),
                ("link_version", models.PositiveIntegerField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_ones",
                        to="scheduling.participation",
                        verbose_name="participation gardée",
                    ),
                ),
            ],
            options={"verbose_name": "participation fusionnée", "verbose_name_plural": "participations fusionnées"},
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
