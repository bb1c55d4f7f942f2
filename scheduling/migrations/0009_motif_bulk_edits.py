import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0005_administrators_remain'),
        ('scheduling', '0008_windows_of_their_opening'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MotifBulkEdit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(verbose_name='modifié le')),
                ('field', models.CharField(max_length=40, verbose_name='champ')),
                ('changes', models.JSONField(verbose_name='changements')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='annulé le')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='modifié par')),
                ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.territory', verbose_name='territoire')),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='annulé par')),
            ],
            options={
                'verbose_name': 'modification de plusieurs motifs',
                'verbose_name_plural': 'modifications de plusieurs motifs',
                'indexes': [models.Index(fields=['territory', '-id'], name='motif_bulk_edit_last')],
                'constraints': [models.CheckConstraint(condition=models.Q(('changes', []), _negated=True), name='motif_bulk_edit_changes_something'), models.CheckConstraint(condition=models.Q(models.Q(('undone_at', None), ('undone_by', None)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='motif_bulk_edit_undone_by_somebody_at_a_time')],
            },
        ),
    ]
