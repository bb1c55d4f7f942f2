"""More foreign keys over several columns, which Django cannot declare (see 0002)."""

from django.db import migrations

KEYS = [
    (
        "scheduling_appointment",
        "appointment_option_of_its_motif",
        "(option_id, motif_id)",
        "organizations_motifoption (id, motif_id)",
    ),
    (
        "scheduling_hold",
        "hold_option_of_its_motif",
        "(option_id, motif_id)",
        "organizations_motifoption (id, motif_id)",
    ),
    (
        "scheduling_hold",
        "hold_opening_of_its_organization",
        "(opening_id, organization_id)",
        "scheduling_opening (id, organization_id)",
    ),
    (
        "scheduling_appointmentevent",
        "appointment_event_of_its_organization",
        "(appointment_id, organization_id)",
        "scheduling_appointment (id, organization_id)",
    ),
    (
        "scheduling_closure",
        "closure_organization_of_its_territory",
        "(organization_id, territory_id)",
        "organizations_organization (id, territory_id)",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0003_reference_weeks"),
        ("organizations", "0003_options_and_questions_stay_with_their_motif"),
    ]

    operations = [
        migrations.RunSQL(
            # Deferred like Django's own keys: rows of one transaction may be deleted in any order.
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY {columns} REFERENCES {target} "
            "DEFERRABLE INITIALLY DEFERRED",
            f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )
        for table, name, columns, target in KEYS
    ]
