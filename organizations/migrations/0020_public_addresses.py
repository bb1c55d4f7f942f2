"""Addresses by which the public books with one agent or at one desk."""

import django.db.models.deletion
from django.db import migrations, models

# Django cannot declare a foreign key over two columns: the agent or desk is of the organization.
KEYS = [
    (
        "public_address_of_a_member_of_its_organization",
        "(membership_id, organization_id)",
        "organizations_membership (id, organization_id)",
    ),
    (
        "public_address_of_a_desk_of_its_organization",
        "(desk_id, organization_id)",
        "organizations_desk (id, organization_id)",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("organizations", "0019_motif_limits_upcoming")]

    operations = [
        migrations.AddConstraint(
            model_name="desk",
            constraint=models.UniqueConstraint(fields=("id", "organization"), name="desk_with_its_organization"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("id", "organization"), name="membership_with_its_organization"),
        ),
        migrations.CreateModel(
            name="PublicAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, verbose_name="adresse")),
                ("shown_name", models.CharField(blank=True, max_length=120, verbose_name="nom affiché")),
                (
                    "desk",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="public_address",
                        to="organizations.desk",
                        verbose_name="guichet",
                    ),
                ),
                (
                    "membership",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="public_address",
                        to="organizations.membership",
                        verbose_name="agent",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "adresse publique",
                "verbose_name_plural": "adresses publiques",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "slug"),
                        name="public_address_once_per_organization",
                        violation_error_message="Cette adresse est déjà prise dans l'organisation.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("desk__isnull", False), ("membership__isnull", True)),
                            models.Q(("desk__isnull", True), ("membership__isnull", False)),
                            _connector="OR",
                        ),
                        name="public_address_of_an_agent_or_a_desk",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")),
                        name="public_address_is_easy_to_type",
                        violation_error_message="Une adresse est faite de lettres minuscules sans accents, de chiffres"
                        " et de traits d'union.",
                    ),
                ],
            },
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE organizations_publicaddress ADD CONSTRAINT {name} FOREIGN KEY {columns}"
                f" REFERENCES {target} DEFERRABLE INITIALLY DEFERRED",
                f"ALTER TABLE organizations_publicaddress DROP CONSTRAINT {name}",
            )
            for name, columns, target in KEYS
        ),
    ]
