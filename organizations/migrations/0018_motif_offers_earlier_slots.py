from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0017_price_of_sms'),
    ]

    operations = [
        migrations.AddField(
            model_name='motif',
            name='offers_earlier_slots',
            field=models.BooleanField(default=True, verbose_name="liste d'attente pour un créneau plus tôt"),
        ),
    ]
