import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0010_merged_citizens'),
        ('scheduling', '0015_visits_and_walk_ins'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AgendaView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='nom')),
                ('period', models.CharField(choices=[('jour', 'jour'), ('semaine', 'semaine'), ('mois', 'mois')], default='semaine', max_length=10, verbose_name='période')),
                ('is_list', models.BooleanField(default=False, verbose_name='en liste')),
                ('with_cancelled', models.BooleanField(default=False, verbose_name='avec les RDV annulés')),
                ('weekends', models.CharField(blank=True, choices=[('', "s'ils servent"), ('oui', 'toujours'), ('non', 'jamais')], max_length=3, verbose_name='week-ends')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='agenda_views', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('calendars', models.ManyToManyField(blank=True, related_name='+', to='scheduling.calendar', verbose_name='agendas')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.team', verbose_name='équipe')),
            ],
            options={
                'verbose_name': "vue de l'agenda",
                'verbose_name_plural': "vues de l'agenda",
                'constraints': [models.UniqueConstraint(models.F('organization'), models.F('agent'), django.db.models.functions.text.Lower('name'), name='agenda_view_named_once', violation_error_message='Vous avez déjà une vue de ce nom.')],
            },
        ),
    ]
