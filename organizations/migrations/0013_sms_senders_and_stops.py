import django.core.validators
import django.db.models.deletion
import phonenumber_field.modelfields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0012_quiet_hours'),
    ]

    operations = [
        migrations.CreateModel(
            name='SmsStop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(max_length=128, region=None, verbose_name='téléphone')),
                ('at', models.DateTimeField(verbose_name='le')),
            ],
            options={
                'verbose_name': 'refus des SMS',
                'verbose_name_plural': 'refus des SMS',
            },
        ),
        migrations.AddField(
            model_name='territory',
            name='sms_messaging_service',
            field=models.CharField(blank=True, max_length=34, validators=[django.core.validators.RegexValidator('^MG[0-9a-f]{32}\\Z', "Il s'écrit MG, puis 32 chiffres ou lettres de a à f.")], verbose_name='service de messagerie Twilio'),
        ),
        migrations.AddField(
            model_name='territory',
            name='sms_number',
            field=phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='numéro des SMS'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(('sms_number', ''), ('sms_number__regex', '^\\+[1-9][0-9]{6,14}$'), _connector='OR'), name='territory_sms_number_is_one'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(('sms_messaging_service', ''), ('sms_messaging_service__regex', '^MG[0-9a-f]{32}$'), _connector='OR'), name='territory_sms_messaging_service_is_one'),
        ),
        migrations.AddField(
            model_name='smsstop',
            name='territory',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.territory', verbose_name='territoire'),
        ),
        migrations.AddConstraint(
            model_name='smsstop',
            constraint=models.UniqueConstraint(fields=('phone', 'territory'), name='sms_stop_once_per_phone'),
        ),
    ]
