"""Messages leave by urgency, each provider at its pace, and what was handed over is not sent twice.

The urgency, a stored column, makes the database write the table anew, which can be neither read nor written until the
end of this migration. Its indexes are built under that lock: without it they would not be any faster.
"""

from django.conf import settings
from django.db import migrations, models


# What left before anybody wrote down when: it was handed over, and STOP to a shared number counts for who sent it. What
# a worker was sending may have left: it is asked for, or told as uncertain, and not sent again.
HANDED_OVER_BEFORE = """
    UPDATE notifications_message SET handed_at = coalesce(sent_at, claimed_at)
    WHERE handed_at IS NULL AND status IN ('sent', 'sending')
"""


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
        migrations.RunSQL(HANDED_OVER_BEFORE, migrations.RunSQL.noop),
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
