"""Texts that administrators write, each of one level."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0007_messages_of_workshops'),
        ('organizations', '0011_motif_sharing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MessageText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('territory', 'territoire'), ('organization', 'organisation'), ('motif', 'motif')], max_length=12, verbose_name='niveau')),
                ('kind', models.CharField(choices=[('booked', 'création'), ('reminder', 'rappel'), ('moved', 'changement de date'), ('no_show', 'absence'), ('unscheduled', 'déprogrammé'), ('cancelled_by_citizen', "annulation par l'usager"), ('cancelled_by_agent', 'annulation par un agent'), ('waiting', "liste d'attente"), ('seated', 'place libérée'), ('left_queue', "sortie de la liste d'attente"), ('code', 'code de confirmation'), ('account', "compte d'agent")], max_length=30, verbose_name='événement')),
                ('channel', models.CharField(choices=[('email', 'e-mail'), ('sms', 'SMS')], max_length=10, verbose_name='canal')),
                ('subject', models.CharField(blank=True, max_length=250, verbose_name='objet')),
                ('body', models.TextField(verbose_name='texte')),
                ('written_at', models.DateTimeField(verbose_name='écrit le')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='retiré le')),
                ('motif', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.motif', verbose_name='motif')),
                ('organization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation')),
                ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.territory', verbose_name='territoire')),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='retiré par')),
                ('written_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='écrit par')),
            ],
            options={
                'verbose_name': 'texte de message',
                'verbose_name_plural': 'textes de messages',
                'ordering': ['-written_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('level', 'territory'), ('motif__isnull', True), ('organization__isnull', True)), models.Q(('level', 'organization'), ('motif__isnull', True), ('organization__isnull', False)), models.Q(('level', 'motif'), ('motif__isnull', False), ('organization__isnull', False)), _connector='OR'), name='message_text_of_exactly_one_level'), models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('territory', 'organization', 'motif', 'kind', 'channel'), name='message_text_in_force_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('body', ''), _negated=True), models.Q(models.Q(('channel', 'sms'), ('subject', '')), models.Q(('channel', 'email'), models.Q(('subject', ''), _negated=True)), _connector='OR')), name='message_text_with_what_its_channel_shows')],
            },
        ),
        # Django cannot declare a foreign key over two columns: a text stays in the territory of its organization, and
        # in the organization of its motif.
        migrations.RunSQL(
            "ALTER TABLE notifications_messagetext ADD CONSTRAINT message_text_of_its_territory "
            "FOREIGN KEY (organization_id, territory_id) REFERENCES organizations_organization (id, territory_id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE notifications_messagetext DROP CONSTRAINT message_text_of_its_territory",
        ),
        migrations.RunSQL(
            "ALTER TABLE notifications_messagetext ADD CONSTRAINT message_text_of_its_organization "
            "FOREIGN KEY (motif_id, organization_id) REFERENCES organizations_motif (id, organization_id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE notifications_messagetext DROP CONSTRAINT message_text_of_its_organization",
        ),
    ]
