"""What agents alone are told, and that the morning of each was looked at."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0011_paces_and_urgency'),
        ('organizations', '0014_prescribers_and_what_agents_are_told'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('booked', 'création'), ('reminder', 'rappel'), ('moved', 'changement de date'), ('no_show', 'absence'), ('unscheduled', 'déprogrammé'), ('cancelled_by_citizen', "annulation par l'usager"), ('cancelled_by_agent', 'annulation par un agent'), ('waiting', "liste d'attente"), ('seated', 'place libérée'), ('left_queue', "sortie de la liste d'attente"), ('left_calendar', "retiré de l'agenda"), ('edited', 'modification'), ('person_joined', 'inscription'), ('person_left', 'désistement'), ('summary', 'résumé du matin'), ('code', 'code de confirmation'), ('account', "compte d'agent")], max_length=30, verbose_name='nature'),
        ),
        migrations.AlterField(
            model_name='messagetext',
            name='kind',
            field=models.CharField(choices=[('booked', 'création'), ('reminder', 'rappel'), ('moved', 'changement de date'), ('no_show', 'absence'), ('unscheduled', 'déprogrammé'), ('cancelled_by_citizen', "annulation par l'usager"), ('cancelled_by_agent', 'annulation par un agent'), ('waiting', "liste d'attente"), ('seated', 'place libérée'), ('left_queue', "sortie de la liste d'attente"), ('left_calendar', "retiré de l'agenda"), ('edited', 'modification'), ('person_joined', 'inscription'), ('person_left', 'désistement'), ('summary', 'résumé du matin'), ('code', 'code de confirmation'), ('account', "compte d'agent")], max_length=30, verbose_name='événement'),
        ),
        migrations.CreateModel(
            name='MorningSummary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='jour')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('message', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='notifications.message', verbose_name='message')),
                ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.territory', verbose_name='territoire')),
            ],
            options={
                'verbose_name': 'résumé du matin',
                'verbose_name_plural': 'résumés du matin',
                'indexes': [models.Index(fields=['day'], name='morning_summary_by_day')],
                'constraints': [models.UniqueConstraint(fields=('agent', 'territory', 'day'), name='morning_summary_once')],
            },
        ),
        migrations.AlterField(
            model_name='messageswitch',
            name='kind',
            field=models.CharField(choices=[('booked', 'création'), ('reminder', 'rappel'), ('moved', 'changement de date'), ('no_show', 'absence'), ('unscheduled', 'déprogrammé'), ('cancelled_by_citizen', "annulation par l'usager"), ('cancelled_by_agent', 'annulation par un agent'), ('waiting', "liste d'attente"), ('seated', 'place libérée'), ('left_queue', "sortie de la liste d'attente"), ('left_calendar', "retiré de l'agenda"), ('edited', 'modification'), ('person_joined', 'inscription'), ('person_left', 'désistement'), ('summary', 'résumé du matin'), ('code', 'code de confirmation'), ('account', "compte d'agent")], max_length=30, verbose_name='événement'),
        ),
    ]
