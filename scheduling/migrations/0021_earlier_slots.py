"""The waiting list for an earlier slot: who waits, what was freed, what was offered."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

# Django cannot declare a foreign key over two columns: everything of an offer is of one organization, and the person
# who asked is in the appointment.
KEYS = [
    (
        "scheduling_earlierslotrequest",
        "earlier_slot_request_of_its_organization",
        "(appointment_id, organization_id)",
        "scheduling_appointment (id, organization_id)",
    ),
    (
        "scheduling_earlierslotrequest",
        "earlier_slot_request_of_a_participant",
        "(participation_id, appointment_id)",
        "scheduling_participation (id, appointment_id)",
    ),
    (
        "scheduling_slotoffer",
        "slot_offer_of_its_organization",
        "(request_id, organization_id)",
        "scheduling_earlierslotrequest (id, organization_id)",
    ),
]


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0011_motif_sharing'),
        ('scheduling', '0019_appointments_of_prescribers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EarlierSlotRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('waiting_since', models.DateTimeField(verbose_name='sur la liste depuis')),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='jours')),
                ('mornings', models.BooleanField(default=True, verbose_name='le matin')),
                ('afternoons', models.BooleanField(default=True, verbose_name="l'après-midi")),
                ('not_before', models.DateField(blank=True, null=True, verbose_name='pas avant le')),
                ('any_place', models.BooleanField(default=False, verbose_name="dans n'importe quel lieu")),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='sorti de la liste le')),
                ('end', models.CharField(blank=True, choices=[('left', 'sorti de la liste'), ('moved', 'créneau plus tôt accepté'), ('exhausted', 'toutes les propositions sont faites'), ('too_late', 'plus rien ne peut venir avant le rendez-vous'), ('appointment_over', 'rendez-vous annulé ou passé')], max_length=20, verbose_name='raison de la sortie')),
            ],
            options={
                'verbose_name': "attente d'un créneau plus tôt",
                'verbose_name_plural': "attentes d'un créneau plus tôt",
            },
        ),
        migrations.CreateModel(
            name='FreedTime',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('noted_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'temps libéré',
                'verbose_name_plural': 'temps libérés',
            },
        ),
        migrations.CreateModel(
            name='SlotOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='numéro')),
                ('local_day', models.DateField(verbose_name='jour')),
                ('starts_at', models.DateTimeField(verbose_name='début')),
                ('ends_at', models.DateTimeField(verbose_name='fin')),
                ('replaces_starts_at', models.DateTimeField(verbose_name='à la place de')),
                ('offered_at', models.DateTimeField(verbose_name='proposé le')),
                ('expires_at', models.DateTimeField(verbose_name="jusqu'à")),
                ('state', models.CharField(choices=[('open', 'en attente de réponse'), ('taken', 'acceptée'), ('declined', 'refusée'), ('expired', 'restée sans réponse'), ('withdrawn', 'devenue sans objet')], default='open', max_length=10, verbose_name='état')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='répondu le')),
                ('hold_key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('link_version', models.PositiveIntegerField(editable=False, null=True)),
            ],
            options={
                'verbose_name': "proposition d'un créneau plus tôt",
                'verbose_name_plural': "propositions d'un créneau plus tôt",
                'ordering': ['number'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='appointmentevent',
            name='event_of_a_participant_names_them',
        ),
        migrations.AlterField(
            model_name='appointmentevent',
            name='kind',
            field=models.CharField(choices=[('booked', 'créé'), ('moved', 'déplacé'), ('cancelled_by_citizen', "annulé par l'usager"), ('cancelled_by_agent', 'annulé par un agent'), ('unscheduled', 'déprogrammé'), ('resumed', 'repris'), ('fulfilled', 'honoré'), ('no_show', 'absence non excusée'), ('outcome_withdrawn', 'résultat retiré'), ('edited', 'modifié'), ('participant_added', 'participant ajouté'), ('participant_removed', 'participant retiré'), ('arrived', 'arrivé'), ('arrival_withdrawn', 'arrivée retirée'), ('received', 'reçu'), ('reception_withdrawn', 'remis en attente'), ('finished', 'terminé'), ('participant_waiting', "mis en liste d'attente"), ('participant_seated', 'place donnée après attente'), ('earlier_slot_offered', 'créneau plus tôt proposé')], max_length=30, verbose_name='événement'),
        ),
        migrations.AddConstraint(
            model_name='appointmentevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('participant_added', 'participant_removed', 'participant_waiting', 'participant_seated', 'earlier_slot_offered')), _negated=True), ('participation__isnull', False), _connector='OR'), name='event_of_a_participant_names_them'),
        ),
        migrations.AddField(
            model_name='earlierslotrequest',
            name='appointment',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='earlier_slot_request', to='scheduling.appointment', verbose_name='rendez-vous'),
        ),
        migrations.AddField(
            model_name='earlierslotrequest',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation'),
        ),
        migrations.AddField(
            model_name='earlierslotrequest',
            name='participation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='earlier_slot_requests', to='scheduling.participation', verbose_name='participation'),
        ),
        migrations.AddField(
            model_name='freedtime',
            name='calendar',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scheduling.calendar'),
        ),
        migrations.AddField(
            model_name='freedtime',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation'),
        ),
        migrations.AddField(
            model_name='slotoffer',
            name='calendar',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scheduling.calendar'),
        ),
        migrations.AddField(
            model_name='slotoffer',
            name='location',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='organizations.location'),
        ),
        migrations.AddField(
            model_name='slotoffer',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation'),
        ),
        migrations.AddField(
            model_name='slotoffer',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='scheduling.earlierslotrequest', verbose_name='attente'),
        ),
        migrations.AddIndex(
            model_name='earlierslotrequest',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['organization', 'waiting_since', 'id'], name='earlier_slot_queue'),
        ),
        migrations.AddConstraint(
            model_name='earlierslotrequest',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='earlier_slot_request_with_its_organization'),
        ),
        migrations.AddConstraint(
            model_name='earlierslotrequest',
            constraint=models.CheckConstraint(condition=models.Q(('weekdays__len__gt', 0), models.Q(('mornings', True), ('afternoons', True), _connector='OR')), name='earlier_slot_request_wishes_something', violation_error_message="Choisissez au moins un jour, et le matin ou l'après-midi."),
        ),
        migrations.AddConstraint(
            model_name='earlierslotrequest',
            constraint=models.CheckConstraint(condition=models.Q(('weekdays__contained_by', [0, 1, 2, 3, 4, 5, 6])), name='earlier_slot_request_of_weekdays'),
        ),
        migrations.AddConstraint(
            model_name='earlierslotrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at', None)), models.Q(('ended_at__isnull', False), models.Q(('end', ''), _negated=True)), _connector='OR'), name='earlier_slot_request_ends_for_a_reason'),
        ),
        migrations.AddIndex(
            model_name='freedtime',
            index=models.Index(fields=['due_at'], name='freed_time_by_due_date'),
        ),
        migrations.AddConstraint(
            model_name='freedtime',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='freed_time_ends_after_start'),
        ),
        migrations.AddIndex(
            model_name='slotoffer',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['expires_at'], name='slot_offer_by_expiry'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.UniqueConstraint(fields=('request', 'number'), name='slot_offer_numbered_once'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 3)), name='slot_offer_three_in_all'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.UniqueConstraint(fields=('request', 'local_day'), name='slot_offer_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('request',), name='slot_offer_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='slot_offer_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at__lt', models.F('replaces_starts_at'))), name='slot_offer_is_earlier'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('offered_at')), ('expires_at__lte', models.F('starts_at'))), name='slot_offer_is_answered_before_it_begins'),
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY {columns} REFERENCES {target} "
                "DEFERRABLE INITIALLY DEFERRED",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for table, name, columns, target in KEYS
        ),
    ]
