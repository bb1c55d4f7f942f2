from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0022_contacts_that_were_only_typed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='motif',
            name='partner_types',
            field=models.ManyToManyField(blank=True, help_text="Ne limite que les prescripteurs\xa0: seuls ceux de ces types réservent ce motif pour quelqu'un. Vide\xa0: tous.", related_name='motifs', to='organizations.partnertype', verbose_name='types de partenaire'),
        ),
    ]
