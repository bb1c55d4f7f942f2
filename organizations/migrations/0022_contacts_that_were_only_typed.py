import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0021_prescribers_with_their_territory'),
    ]

    operations = [
        migrations.AddField(
            model_name='citizen',
            name='only_typed',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=254), default=list, editable=False, size=None),
        ),
    ]
