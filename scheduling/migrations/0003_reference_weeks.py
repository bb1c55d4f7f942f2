import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0002_locations_of_a_directory_share_addresses'),
        ('scheduling', '0002_copies_follow_and_tenants_hold'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReferenceWeek',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='nom')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'semaine de référence',
                'verbose_name_plural': 'semaines de référence',
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ReferenceRange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(help_text='0 est lundi.', verbose_name='jour')),
                ('start_time', models.TimeField(verbose_name='début')),
                ('end_time', models.TimeField(help_text='00h00 : minuit, à la fin de la journée.', verbose_name='fin')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation')),
                ('reference_week', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ranges', to='scheduling.referenceweek', verbose_name='semaine de référence')),
            ],
            options={
                'verbose_name': "plage d'une semaine de référence",
                'verbose_name_plural': 'plages des semaines de référence',
                'ordering': ['weekday', 'start_time'],
            },
        ),
        migrations.AddConstraint(
            model_name='referenceweek',
            constraint=models.UniqueConstraint(models.F('organization'), django.db.models.functions.text.Lower('name'), name='reference_week_named_once', violation_error_message='Une semaine de référence porte déjà ce nom.'),
        ),
        migrations.AddConstraint(
            model_name='referenceweek',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='reference_week_with_its_organization'),
        ),
        migrations.AddConstraint(
            model_name='referencerange',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='reference_range_on_a_weekday'),
        ),
        migrations.AddConstraint(
            model_name='referencerange',
            constraint=models.CheckConstraint(condition=models.Q(('end_time__gt', models.F('start_time')), ('end_time', datetime.time(0, 0)), _connector='OR'), name='reference_range_ends_after_start', violation_error_message='La plage doit se terminer après son début.'),
        ),
        migrations.AddConstraint(
            model_name='referencerange',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('reference_week_id'), models.F('reference_week_id'), models.Value('[]'), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&'), (models.Func(models.F('weekday'), models.F('weekday'), models.Value('[]'), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&'), (models.Func(models.Func(models.F('start_time'), output_field=models.IntegerField(), template='EXTRACT(EPOCH FROM %(expressions)s)::int'), django.db.models.functions.comparison.Coalesce(django.db.models.functions.comparison.NullIf(models.Func(models.F('end_time'), output_field=models.IntegerField(), template='EXTRACT(EPOCH FROM %(expressions)s)::int'), models.Value(0)), models.Value(86400, output_field=models.IntegerField())), function='int4range', output_field=django.contrib.postgres.fields.ranges.IntegerRangeField()), '&&')], name='reference_range_never_overlaps', violation_error_message='Deux plages du même jour se chevauchent.'),
        ),
        # Django cannot declare a foreign key over two columns: a range stays in the organization of its week.
        migrations.RunSQL(
            "ALTER TABLE scheduling_referencerange ADD CONSTRAINT reference_range_of_its_organization "
            "FOREIGN KEY (reference_week_id, organization_id) REFERENCES scheduling_referenceweek (id, organization_id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE scheduling_referencerange DROP CONSTRAINT reference_range_of_its_organization",
        ),
    ]
