"""When no SMS leaves that can wait: of a territory, from eight in the evening to eight in the morning as ever."""

import datetime
import django.db.models.expressions
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0011_motif_sharing'),
    ]

    operations = [
        migrations.AddField(
            model_name='territory',
            name='quiet_from',
            field=models.TimeField(default=datetime.time(20, 0), verbose_name='pas de SMS à partir de'),
        ),
        migrations.AddField(
            model_name='territory',
            name='quiet_until',
            field=models.TimeField(default=datetime.time(8, 0), verbose_name="pas de SMS jusqu'à"),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(django.db.models.lookups.GreaterThanOrEqual(models.ExpressionWrapper(django.db.models.expressions.CombinedExpression(models.F('quiet_until'), '-', models.F('quiet_from')), output_field=models.DurationField()), datetime.timedelta(0)), django.db.models.lookups.LessThanOrEqual(models.ExpressionWrapper(django.db.models.expressions.CombinedExpression(models.F('quiet_until'), '-', models.F('quiet_from')), output_field=models.DurationField()), datetime.timedelta(seconds=57600))), django.db.models.lookups.LessThanOrEqual(models.ExpressionWrapper(django.db.models.expressions.CombinedExpression(models.F('quiet_until'), '-', models.F('quiet_from')), output_field=models.DurationField()), datetime.timedelta(days=-1, seconds=57600)), _connector='OR'), name='territory_quiet_hours_leave_the_day', violation_error_message='Les SMS doivent pouvoir partir au moins 8 heures par jour.'),
        ),
    ]
