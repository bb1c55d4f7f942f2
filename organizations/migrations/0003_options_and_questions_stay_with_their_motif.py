"""Foreign keys over several columns, which Django cannot declare: they keep every reference inside one organization."""

from django.db import migrations, models

KEYS = [
    ("organizations_motifoption", "motif_option_of_its_organization"),
    ("organizations_motifquestion", "motif_question_of_its_organization"),
]


class Migration(migrations.Migration):
    dependencies = [("organizations", "0002_locations_of_a_directory_share_addresses")]

    operations = [
        migrations.AddConstraint(
            model_name="motifoption",
            constraint=models.UniqueConstraint(fields=("id", "motif"), name="motif_option_with_its_motif"),
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (motif_id, organization_id) "
                "REFERENCES organizations_motif (id, organization_id) DEFERRABLE INITIALLY DEFERRED",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for table, name in KEYS
        ),
    ]
