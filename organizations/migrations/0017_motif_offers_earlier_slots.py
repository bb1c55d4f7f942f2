from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0016_what_became_of_mails'),
    ]

    operations = [
        migrations.AddField(
            model_name='motif',
            name='offers_earlier_slots',
            field=models.BooleanField(default=True, verbose_name="liste d'attente pour un créneau plus tôt"),
        ),
    ]
