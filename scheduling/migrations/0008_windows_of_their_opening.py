import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0003_options_and_questions_stay_with_their_motif'),
        ('scheduling', '0007_conflicts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='freewindow',
            name='calendar',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scheduling.calendar'),
        ),
        migrations.AlterField(
            model_name='freewindow',
            name='opening',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scheduling.opening'),
        ),
        migrations.AlterField(
            model_name='freewindow',
            name='organization',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization'),
        ),
        # Django cannot declare a foreign key over several columns.
        migrations.RunSQL(
            "ALTER TABLE scheduling_freewindow ADD CONSTRAINT free_window_of_its_opening "
            "FOREIGN KEY (opening_id, calendar_id, organization_id) "
            "REFERENCES scheduling_opening (id, calendar_id, organization_id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE scheduling_freewindow DROP CONSTRAINT free_window_of_its_opening",
        ),
    ]
