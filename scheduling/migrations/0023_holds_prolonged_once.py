"""A visitor may keep a slot for ten minutes more, once. Holds that are there were taken before, and stay as they are."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression


def later(minutes):
    return CombinedExpression(F("taken_at"), "+", models.Value(timedelta(minutes=minutes)))


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0022_when_waiting_ends")]

    operations = [
        migrations.AddField("hold", "taken_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("hold", "prolonged_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "hold",
            models.CheckConstraint(
                name="hold_prolonged_once",
                condition=Q(taken_at=None, prolonged_at=None)
                | Q(taken_at__isnull=False, prolonged_at=None, expires_at__lte=later(10))
                | Q(
                    taken_at__isnull=False,
                    prolonged_at__isnull=False,
                    prolonged_at__gte=F("taken_at"),
                    expires_at__lte=later(20),
                ),
            ),
        ),
    ]
