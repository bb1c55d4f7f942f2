"""Prescribers, each of one territory with their type of partner; and of what agents want to be told."""

import datetime
import django.db.models.deletion
import django.db.models.functions.text
import phonenumber_field.modelfields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0013_sms_senders_and_stops'),
    ]

    operations = [
        migrations.CreateModel(
            name='Prescriber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_name', models.CharField(max_length=80, verbose_name='prénom')),
                ('last_name', models.CharField(max_length=80, verbose_name='nom')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='téléphone')),
                ('structure', models.CharField(blank=True, max_length=120, verbose_name='structure')),
                ('partner_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='prescribers', to='organizations.partnertype', verbose_name='type de partenaire')),
                ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.territory', verbose_name='territoire')),
            ],
            options={
                'verbose_name': 'prescripteur',
                'ordering': ['last_name', 'first_name', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='agent',
            name='notified_of',
            field=models.CharField(choices=[('all', 'toutes les notifications'), ('others', 'seulement les actes des autres'), ('soon', "seulement les RDV d'aujourd'hui et de demain"), ('none', 'aucune notification')], db_default='others', default='others', max_length=10, verbose_name='notifications'),
        ),
        migrations.AddField(
            model_name='agent',
            name='summary_time',
            field=models.TimeField(db_default=datetime.time(7, 0), default=datetime.time(7, 0), verbose_name='heure du résumé'),
        ),
        migrations.AddField(
            model_name='agent',
            name='wants_summary',
            field=models.BooleanField(db_default=False, default=False, verbose_name='résumé du matin'),
        ),
        migrations.AddConstraint(
            model_name='agent',
            constraint=models.CheckConstraint(condition=models.Q(('summary_time__lt', datetime.time(12, 0))), name='agent_summary_in_the_morning', violation_error_message='Le résumé du matin part avant midi.'),
        ),
        migrations.AddConstraint(
            model_name='partnertype',
            constraint=models.UniqueConstraint(fields=('id', 'territory'), name='partner_type_with_its_territory'),
        ),
        migrations.AddConstraint(
            model_name='prescriber',
            constraint=models.UniqueConstraint(fields=('territory', 'email'), name='prescriber_once_per_email', violation_error_message='Un prescripteur de ce territoire a déjà cette adresse.'),
        ),
        migrations.AddConstraint(
            model_name='prescriber',
            constraint=models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email')), models.Q(('email', ''), _negated=True)), name='prescriber_email_in_lower_case'),
        ),
        # Deferred like Django's own keys: rows of one transaction may be deleted in any order.
        migrations.RunSQL(
            "ALTER TABLE organizations_prescriber ADD CONSTRAINT prescriber_partner_type_of_their_territory "
            "FOREIGN KEY (partner_type_id, territory_id) REFERENCES organizations_partnertype (id, territory_id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE organizations_prescriber DROP CONSTRAINT prescriber_partner_type_of_their_territory",
        ),
    ]
