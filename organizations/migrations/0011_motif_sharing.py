from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0010_merged_citizens'),
    ]

    operations = [
        migrations.AddField(
            model_name='motif',
            name='sharing',
            field=models.CharField(choices=[('none', "personne d'autre"), ('organization', "les autres services de l'organisation"), ('territory', 'aussi les autres organisations du territoire')], default='none', max_length=12, verbose_name="qui d'autre le trouve en élargissant sa recherche"),
        ),
    ]
