import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0003_options_and_questions_stay_with_their_motif'),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('role', models.CharField(choices=[('basic', 'agent'), ('admin', 'administrateur')], default='basic', max_length=10, verbose_name='rôle')),
                ('is_front_desk', models.BooleanField(default=False, verbose_name='accueil')),
                ('created_at', models.DateTimeField(verbose_name='créée le')),
                ('sent_at', models.DateTimeField(verbose_name='envoyée le')),
                ('mailed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='e-mail parti le')),
                ('link_version', models.PositiveIntegerField(default=1, editable=False)),
                ('accepted_at', models.DateTimeField(blank=True, null=True, verbose_name='acceptée le')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='retirée le')),
                ('accepted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invité par')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation')),
                ('units', models.ManyToManyField(blank=True, related_name='+', to='organizations.serviceunit', verbose_name='services')),
            ],
            options={
                'verbose_name': 'invitation',
                'constraints': [models.UniqueConstraint(models.F('organization'), django.db.models.functions.text.Lower('email'), condition=models.Q(('accepted_at', None), ('revoked_at', None)), name='invitation_open_once', violation_error_message='Cette personne est déjà invitée.'), models.CheckConstraint(condition=models.Q(('accepted_at', None), ('revoked_at', None), _connector='OR'), name='invitation_accepted_or_revoked'), models.CheckConstraint(condition=models.Q(models.Q(('accepted_at', None), ('accepted_by', None)), models.Q(('accepted_at__isnull', False), ('accepted_by__isnull', False)), _connector='OR'), name='invitation_accepted_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='nom')),
                ('agents', models.ManyToManyField(blank=True, related_name='teams', to=settings.AUTH_USER_MODEL, verbose_name='agents')),
                ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.territory', verbose_name='territoire')),
            ],
            options={
                'verbose_name': 'équipe',
                'ordering': ['name', 'pk'],
                'constraints': [models.UniqueConstraint(models.F('territory'), models.F('name'), name='team_named_once', violation_error_message='Cette équipe existe déjà.')],
            },
        ),
    ]
