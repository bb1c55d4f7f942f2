import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0003_options_and_questions_stay_with_their_motif'),
        ('scheduling', '0006_edited_occurrences'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('unavailable', 'sur une indisponibilité'), ('closed', 'un jour fermé'), ('outside', "hors des plages d'ouverture")], max_length=12), size=None, verbose_name='raisons')),
                ('found_at', models.DateTimeField(verbose_name='constaté le')),
                ('kept_at', models.DateTimeField(blank=True, null=True, verbose_name='gardé le')),
            ],
            options={
                'verbose_name': 'conflit',
                'verbose_name_plural': 'conflits',
            },
        ),
        migrations.AddConstraint(
            model_name='appointmentcalendar',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='appointment_calendar_with_its_organization'),
        ),
        migrations.AddField(
            model_name='conflict',
            name='appointment_calendar',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='conflict', to='scheduling.appointmentcalendar', verbose_name='rendez-vous'),
        ),
        migrations.AddField(
            model_name='conflict',
            name='kept_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent'),
        ),
        migrations.AddField(
            model_name='conflict',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation'),
        ),
        migrations.AddIndex(
            model_name='conflict',
            index=models.Index(condition=models.Q(('kept_at', None)), fields=['organization'], name='conflict_open'),
        ),
        migrations.AddConstraint(
            model_name='conflict',
            constraint=models.CheckConstraint(condition=models.Q(('reasons__len__gt', 0)), name='conflict_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='conflict',
            constraint=models.CheckConstraint(condition=models.Q(('kept_by', None), ('kept_at__isnull', False), _connector='OR'), name='conflict_kept_by_somebody_at_a_time'),
        ),
        # Django cannot declare a foreign key over two columns: a conflict is of the organization of its RDV.
        migrations.RunSQL(
            "ALTER TABLE scheduling_conflict ADD CONSTRAINT conflict_of_its_organization "
            "FOREIGN KEY (appointment_calendar_id, organization_id) "
            "REFERENCES scheduling_appointmentcalendar (id, organization_id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE scheduling_conflict DROP CONSTRAINT conflict_of_its_organization",
        ),
    ]
