from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0014_prescribers_and_what_agents_are_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='citizen',
            name='mail_refused_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='e-mails refusés le'),
        ),
        migrations.AddField(
            model_name='citizen',
            name='return_reason',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=120, verbose_name='raison du retour'),
        ),
        migrations.AddField(
            model_name='citizen',
            name='returned_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='e-mail revenu le'),
        ),
        migrations.AddField(
            model_name='citizen',
            name='returned_email',
            field=models.EmailField(blank=True, db_default='', default='', editable=False, max_length=254, verbose_name='adresse en défaut'),
        ),
    ]
