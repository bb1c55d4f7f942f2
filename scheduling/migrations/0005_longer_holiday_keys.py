from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0004_options_openings_and_events_stay_with_theirs'),
    ]

    operations = [
        migrations.AlterField(
            model_name='holidayswitch',
            name='holiday',
            field=models.CharField(help_text='Clé du jour férié dans le moteur.', max_length=200, verbose_name='jour férié'),
        ),
    ]
