from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_message_references")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="link",
            field=models.URLField(blank=True, editable=False, max_length=300),
        ),
    ]
