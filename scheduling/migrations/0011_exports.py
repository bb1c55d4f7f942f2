import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0005_administrators_remain'),
        ('scheduling', '0010_directory_imports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('appointments', 'rendez-vous'), ('participations', 'participations')], max_length=20, verbose_name='contenu')),
                ('filters', models.JSONField(default=dict, verbose_name='filtres')),
                ('description', models.TextField(verbose_name='demande')),
                ('fingerprint', models.CharField(editable=False, max_length=64)),
                ('status', models.CharField(choices=[('waiting', 'en attente'), ('writing', 'en cours'), ('ready', 'prêt'), ('failed', 'abandonné')], default='waiting', max_length=10, verbose_name='état')),
                ('asked_at', models.DateTimeField(verbose_name='demandé le')),
                ('claim', models.UUIDField(blank=True, editable=False, null=True)),
                ('seen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('total', models.PositiveIntegerField(blank=True, null=True, verbose_name='rendez-vous à lire')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='rendez-vous lus')),
                ('rows', models.PositiveIntegerField(default=0, verbose_name='lignes écrites')),
                ('size', models.PositiveBigIntegerField(default=0, verbose_name='taille en octets')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='fini le')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name="gardé jusqu'au")),
                ('error', models.CharField(blank=True, max_length=250, verbose_name='raison')),
            ],
            options={
                'verbose_name': 'export',
            },
        ),
        migrations.CreateModel(
            name='ExportChunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='numéro')),
                ('data', models.BinaryField(verbose_name='contenu')),
            ],
            options={
                'verbose_name': "morceau d'export",
                'verbose_name_plural': "morceaux d'export",
            },
        ),
        migrations.RemoveIndex(
            model_name='appointment',
            name='appointment_by_time',
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['organization', 'starts_at', 'id'], include=('status', 'motif', 'location'), name='appointment_listed'),
        ),
        migrations.AddField(
            model_name='export',
            name='agent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exports', to=settings.AUTH_USER_MODEL, verbose_name='agent'),
        ),
        migrations.AddField(
            model_name='export',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation'),
        ),
        migrations.AddField(
            model_name='exportchunk',
            name='export',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chunks', to='scheduling.export', verbose_name='export'),
        ),
        migrations.AddField(
            model_name='exportchunk',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization', verbose_name='organisation'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(fields=['organization', 'agent', 'asked_at'], name='export_of_agent'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(condition=models.Q(('status__in', ('waiting', 'writing'))), fields=['asked_at'], name='export_unfinished'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(fields=['expires_at'], name='export_expires'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('waiting', 'writing'))), fields=('organization', 'agent', 'fingerprint'), name='export_asked_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expires_at', None), ('finished_at', None), ('status__in', ('waiting', 'writing'))), models.Q(('expires_at__isnull', False), ('finished_at__isnull', False), ('status__in', ['ready', 'failed'])), _connector='OR'), name='export_finished_is_kept_for_a_time'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'writing'), _negated=True), models.Q(('claim__isnull', False), ('seen_at__isnull', False)), _connector='OR'), name='export_written_by_whoever_claimed_it'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='export_with_its_organization'),
        ),
        migrations.AddConstraint(
            model_name='exportchunk',
            constraint=models.UniqueConstraint(fields=('export', 'number'), name='export_chunk_once'),
        ),
        # Django cannot declare a foreign key over two columns: a piece is of the organization of its export.
        migrations.RunSQL(
            "ALTER TABLE scheduling_exportchunk ADD CONSTRAINT export_chunk_of_its_organization "
            "FOREIGN KEY (export_id, organization_id) "
            "REFERENCES scheduling_export (id, organization_id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE scheduling_exportchunk DROP CONSTRAINT export_chunk_of_its_organization",
        ),
        # The file is a zip: trying to make it smaller is time lost.
        migrations.RunSQL(
            "ALTER TABLE scheduling_exportchunk ALTER COLUMN data SET STORAGE EXTERNAL",
            "ALTER TABLE scheduling_exportchunk ALTER COLUMN data SET STORAGE EXTENDED",
        ),
    ]
