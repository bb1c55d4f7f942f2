from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0020_public_addresses'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='prescriber',
            constraint=models.UniqueConstraint(fields=('id', 'territory'), name='prescriber_with_its_territory'),
        ),
    ]
