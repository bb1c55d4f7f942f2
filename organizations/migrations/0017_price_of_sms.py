"""What a segment of an SMS costs a territory."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0016_what_became_of_mails'),
    ]

    operations = [
        migrations.AddField(
            model_name='territory',
            name='sms_price',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=6, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name="prix d'un SMS"),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(('sms_price__gte', 0)), name='territory_sms_price_not_negative'),
        ),
    ]
