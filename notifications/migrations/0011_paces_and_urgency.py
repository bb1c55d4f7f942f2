from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0010_switches_of_messages'),
        ('scheduling', '0018_events_of_workshops'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('provider', models.CharField(max_length=20, primary_key=True, serialize=False, verbose_name='fournisseur')),
                ('next_at', models.DateTimeField(verbose_name='prochaine place')),
                ('carried_until', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                'verbose_name': "cadence d'un fournisseur",
                'verbose_name_plural': 'cadences des fournisseurs',
            },
        ),
        migrations.RemoveIndex(
            model_name='message',
            name='message_queued',
        ),
        migrations.AddField(
            model_name='message',
            name='urgency',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(kind='code', then=models.Value(0)), models.When(kind__in=['reminder', 'no_show', 'summary'], then=models.Value(2)), default=models.Value(1), output_field=models.SmallIntegerField()), output_field=models.SmallIntegerField(), verbose_name='urgence'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status', 'queued')), fields=['channel', 'urgency', 'due_at', 'id'], name='message_queued'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('handed_at__isnull', False)), fields=['recipient', 'handed_at'], name='message_handed'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('channel', 'sms'), models.Q(('provider_id__in', ['', 'boite-locale']), _negated=True)), fields=('provider_id',), name='sms_once_at_the_provider'),
        ),
    ]
