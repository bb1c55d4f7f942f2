"""A text in each language. What the journal of messages reads is in 0016."""

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
    ]
