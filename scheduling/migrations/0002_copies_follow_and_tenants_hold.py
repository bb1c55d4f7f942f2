"""Foreign keys over several columns, which Django cannot declare.

The copy of the period that a calendar's row keeps follows its appointment by ON UPDATE CASCADE: it cannot differ.
The others keep every reference inside one organization or one territory, whatever the code does.
"""

from django.db import migrations

KEYS = [
    (
        "scheduling_appointmentcalendar",
        "appointment_calendar_follows_its_appointment",
        "(appointment_id, organization_id, starts_at, ends_at, is_occupying)",
        "scheduling_appointment (id, organization_id, starts_at, ends_at, is_occupying) ON UPDATE CASCADE",
    ),
    (
        "scheduling_appointment",
        "appointment_motif_of_its_organization",
        "(motif_id, organization_id)",
        "organizations_motif (id, organization_id)",
    ),
    (
        "scheduling_openingmotif",
        "opening_motif_motif_of_its_organization",
        "(motif_id, organization_id)",
        "organizations_motif (id, organization_id)",
    ),
    (
        "scheduling_openingmotif",
        "opening_motif_opening_of_its_organization",
        "(opening_id, organization_id)",
        "scheduling_opening (id, organization_id)",
    ),
    (
        "scheduling_participation",
        "participation_appointment_of_its_organization",
        "(appointment_id, organization_id)",
        "scheduling_appointment (id, organization_id)",
    ),
    (
        "scheduling_participation",
        "participation_organization_of_its_territory",
        "(organization_id, territory_id)",
        "organizations_organization (id, territory_id)",
    ),
    (
        "scheduling_participation",
        "participation_citizen_of_its_territory",
        "(citizen_id, territory_id)",
        "organizations_citizen (id, territory_id)",
    ),
    (
        "scheduling_hold",
        "hold_motif_of_its_organization",
        "(motif_id, organization_id)",
        "organizations_motif (id, organization_id)",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial"), ("organizations", "0001_initial")]

    operations = [
        migrations.RunSQL(
            # Deferred like Django's own keys: rows of one transaction may be deleted in any order.
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY {columns} REFERENCES {target} "
            "DEFERRABLE INITIALLY DEFERRED",
            f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )
        for table, name, columns, target in KEYS
    ]
