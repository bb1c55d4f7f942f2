"""A text in each language, and what the journal of messages reads: by organization, by territory, by recipient."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0013_what_agents_are_told'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='messagetext',
            name='message_text_in_force_once',
        ),
        migrations.AddField(
            model_name='messagetext',
            name='language',
            field=models.CharField(choices=[('fr', 'français'), ('en', 'anglais')], default='fr', max_length=2, verbose_name='langue'),
        ),
        migrations.AddConstraint(
            model_name='messagetext',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('territory', 'organization', 'motif', 'kind', 'channel', 'language'), name='message_text_in_force_once', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['organization', '-created_at', '-id'], include=('kind', 'channel', 'status', 'participation', 'delivered_at', 'handed_at', 'segments', 'cost'), name='message_of_organization'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['territory', '-created_at', '-id'], include=('organization', 'kind', 'channel', 'status', 'participation', 'delivered_at', 'handed_at', 'segments', 'cost'), name='message_of_territory'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector(models.Func(models.F('recipient'), models.Value("@.+-_/='"), models.Value('        '), function='translate', output_field=models.TextField()), config='simple'), name='message_recipient_words'),
        ),
    ]
