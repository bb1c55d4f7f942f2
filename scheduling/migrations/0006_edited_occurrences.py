import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0003_options_and_questions_stay_with_their_motif'),
        ('scheduling', '0005_longer_holiday_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='opening',
            name='series',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='edited_occurrences', to='scheduling.opening', verbose_name='série'),
        ),
        migrations.AddField(
            model_name='opening',
            name='series_day',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='jour remplacé dans la série'),
        ),
        migrations.AddField(
            model_name='unavailability',
            name='series',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='edited_occurrences', to='scheduling.unavailability', verbose_name='série'),
        ),
        migrations.AddField(
            model_name='unavailability',
            name='series_day',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='jour remplacé dans la série'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.UniqueConstraint(fields=('id', 'calendar', 'organization'), name='opening_with_its_calendar'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.UniqueConstraint(fields=('series', 'series_day'), name='opening_occurrence_edited_once', violation_error_message='Cette occurrence est déjà modifiée.'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.CheckConstraint(condition=models.Q(('series', None), models.Q(('rrule', ''), ('series_day__isnull', False)), _connector='OR'), name='opening_edited_occurrence_is_one_day_of_a_series'),
        ),
        migrations.AddConstraint(
            model_name='unavailability',
            constraint=models.UniqueConstraint(fields=('id', 'calendar', 'organization'), name='unavailability_with_its_calendar'),
        ),
        migrations.AddConstraint(
            model_name='unavailability',
            constraint=models.UniqueConstraint(fields=('series', 'series_day'), name='unavailability_occurrence_edited_once', violation_error_message='Cette occurrence est déjà modifiée.'),
        ),
        migrations.AddConstraint(
            model_name='unavailability',
            constraint=models.CheckConstraint(condition=models.Q(('series', None), models.Q(('rrule', ''), ('series_day__isnull', False)), _connector='OR'), name='unavailability_edited_occurrence_is_one_day_of_a_series'),
        ),
        # Django cannot declare a foreign key over several columns: an edited occurrence stays on its series' calendar.
        *[
            migrations.RunSQL(
                f"ALTER TABLE scheduling_{name} ADD CONSTRAINT {name}_on_the_calendar_of_its_series "
                f"FOREIGN KEY (series_id, calendar_id, organization_id) "
                f"REFERENCES scheduling_{name} (id, calendar_id, organization_id) DEFERRABLE INITIALLY DEFERRED",
                f"ALTER TABLE scheduling_{name} DROP CONSTRAINT {name}_on_the_calendar_of_its_series",
            )
            for name in ("opening", "unavailability")
        ],
    ]
