"""Which events citizens are told of on which channel, each switch of one level."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0009_what_providers_say_of_messages'),
        ('organizations', '0012_quiet_hours'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MessageSwitch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('territory', 'territoire'), ('organization', 'organisation'), ('motif', 'motif')], max_length=12, verbose_name='niveau')),
                ('kind', models.CharField(choices=[('booked', 'création'), ('reminder', 'rappel'), ('moved', 'changement de date'), ('no_show', 'absence'), ('unscheduled', 'déprogrammé'), ('cancelled_by_citizen', "annulation par l'usager"), ('cancelled_by_agent', 'annulation par un agent'), ('waiting', "liste d'attente"), ('seated', 'place libérée'), ('left_queue', "sortie de la liste d'attente"), ('summary', 'résumé du matin'), ('code', 'code de confirmation'), ('account', "compte d'agent")], max_length=30, verbose_name='événement')),
                ('channel', models.CharField(choices=[('email', 'e-mail'), ('sms', 'SMS')], max_length=10, verbose_name='canal')),
                ('is_on', models.BooleanField(verbose_name='envoyé')),
                ('changed_at', models.DateTimeField(verbose_name='réglé le')),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='réglé par')),
                ('motif', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.motif', verbose_name='motif')),
                ('organization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation')),
                ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.territory', verbose_name='territoire')),
            ],
            options={
                'verbose_name': 'réglage de message',
                'verbose_name_plural': 'réglages de messages',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('level', 'territory'), ('motif__isnull', True), ('organization__isnull', True)), models.Q(('level', 'organization'), ('motif__isnull', True), ('organization__isnull', False)), models.Q(('level', 'motif'), ('motif__isnull', False), ('organization__isnull', False)), _connector='OR'), name='message_switch_of_exactly_one_level'), models.UniqueConstraint(fields=('territory', 'organization', 'motif', 'kind', 'channel'), name='message_switch_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('kind__in', ('booked', 'reminder', 'moved', 'no_show', 'unscheduled', 'cancelled_by_citizen', 'cancelled_by_agent', 'waiting', 'seated', 'left_queue'))), name='message_switch_of_what_may_be_off')],
            },
        ),
        # As for the texts: a switch stays in the territory of its organization, and in the organization of its motif.
        migrations.RunSQL(
            "ALTER TABLE notifications_messageswitch ADD CONSTRAINT message_switch_of_its_territory "
            "FOREIGN KEY (organization_id, territory_id) REFERENCES organizations_organization (id, territory_id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE notifications_messageswitch DROP CONSTRAINT message_switch_of_its_territory",
        ),
        migrations.RunSQL(
            "ALTER TABLE notifications_messageswitch ADD CONSTRAINT message_switch_of_its_organization "
            "FOREIGN KEY (motif_id, organization_id) REFERENCES organizations_motif (id, organization_id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE notifications_messageswitch DROP CONSTRAINT message_switch_of_its_organization",
        ),
    ]
