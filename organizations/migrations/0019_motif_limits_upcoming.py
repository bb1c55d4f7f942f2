"""How many RDVs to come a citizen may book of a motif; five, also of those that are there: nobody honest meets it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("organizations", "0018_motif_offers_earlier_slots")]

    operations = [
        migrations.AddField(
            "motif",
            "max_upcoming",
            models.PositiveSmallIntegerField(
                "rendez-vous à venir par usager",
                null=True,
                blank=True,
                default=5,
                validators=[MinValueValidator(1), MaxValueValidator(50)],
            ),
        ),
        migrations.AddConstraint(
            "motif",
            models.CheckConstraint(
                name="motif_allows_one_to_fifty_upcoming",
                condition=Q(max_upcoming__isnull=True) | Q(max_upcoming__gte=1, max_upcoming__lte=50),
            ),
        ),
    ]
