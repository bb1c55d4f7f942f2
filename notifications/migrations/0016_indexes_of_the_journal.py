"""What the journal of messages reads: by organization, by territory, by recipient.

Each is built while messages are written as ever, which no transaction allows. One that was broken off half-way is left
invalid: drop it before migrating again (`DROP INDEX CONCURRENTLY`).
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('notifications', '0015_offers_of_earlier_slots'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(fields=['organization', '-created_at', '-id'], include=('kind', 'channel', 'status', 'participation', 'delivered_at', 'handed_at', 'segments', 'cost'), name='message_of_organization'),
        ),
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(fields=['territory', '-created_at', '-id'], include=('organization', 'kind', 'channel', 'status', 'participation', 'delivered_at', 'handed_at', 'segments', 'cost'), name='message_of_territory'),
        ),
        AddIndexConcurrently(
            model_name='message',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector(models.Func(models.F('recipient'), models.Value("@.+-_/='"), models.Value('        '), function='translate', output_field=models.TextField()), config='simple'), name='message_recipient_words'),
        ),
    ]
