"""Records merged into another: they stay, stand for the one that was kept, and take nothing more on.

Whatever is written for a merged record lands on the one it stands for, also when it is written while they are merged:
the trigger waits for the merge. So a booking cannot be lost between two records. A person who answers for relatives
answers for themselves: messages never go further than one step.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

CREATE = """
CREATE FUNCTION organizations_standing_citizen(citizen bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    standing bigint := citizen;
    next bigint;
BEGIN
    LOOP
        -- Waits for a merge of this record, and sees what it did; keeps the next one waiting.
        SELECT merged_into_id INTO next FROM organizations_citizen WHERE id = standing FOR KEY SHARE;
        EXIT WHEN next IS NULL;
        standing := next;
    END LOOP;
    RETURN standing;
END $$;

CREATE FUNCTION organizations_follow_merged_citizen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.citizen_id := organizations_standing_citizen(NEW.citizen_id);
    RETURN NEW;
END $$;

CREATE FUNCTION organizations_responsible_is_their_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.responsible_id := organizations_standing_citizen(NEW.responsible_id);
    -- Two changes at once wait for each other here: neither can make the other's person a relative.
    PERFORM 1 FROM organizations_citizen WHERE id = NEW.responsible_id FOR SHARE;
    IF EXISTS (SELECT FROM organizations_citizen WHERE id = NEW.responsible_id AND responsible_id IS NOT NULL)
        OR EXISTS (SELECT FROM organizations_citizen WHERE responsible_id = NEW.id) THEN
        RAISE EXCEPTION 'citizen % would answer for somebody and be answered for', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'citizen_responsible_is_their_own';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION organizations_merge_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.kept = '{}' AND NEW.dropped = '{}' AND NEW.followed = OLD.followed
        AND (NEW.id, NEW.territory_id, NEW.winner_id, NEW.loser_id, NEW.organization_id, NEW.agent_id, NEW.at)
            = (OLD.id, OLD.territory_id, OLD.winner_id, OLD.loser_id, OLD.organization_id, OLD.agent_id, OLD.at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the log of merges is only added to'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'citizen_merge_is_final';
END $$;

CREATE TRIGGER access_follows_merged_citizen
    BEFORE INSERT OR UPDATE OF citizen_id ON organizations_citizenaccess FOR EACH ROW
    EXECUTE FUNCTION organizations_follow_merged_citizen();
CREATE TRIGGER referent_follows_merged_citizen
    BEFORE INSERT OR UPDATE OF citizen_id ON organizations_citizen_referents FOR EACH ROW
    EXECUTE FUNCTION organizations_follow_merged_citizen();
CREATE TRIGGER citizen_responsible_is_their_own
    BEFORE INSERT OR UPDATE OF responsible_id ON organizations_citizen FOR EACH ROW
    WHEN (NEW.responsible_id IS NOT NULL)
    EXECUTE FUNCTION organizations_responsible_is_their_own();
CREATE TRIGGER citizen_merge_is_final
    BEFORE UPDATE OR DELETE ON organizations_citizenmerge FOR EACH ROW
    EXECUTE FUNCTION organizations_merge_is_final();

ALTER TABLE organizations_citizen
    ADD CONSTRAINT citizen_merged_in_their_territory FOREIGN KEY (merged_into_id, territory_id)
        REFERENCES organizations_citizen (id, territory_id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT citizen_responsible_of_their_territory FOREIGN KEY (responsible_id, territory_id)
        REFERENCES organizations_citizen (id, territory_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_citizenmerge
    ADD CONSTRAINT citizen_merge_winner_of_its_territory FOREIGN KEY (winner_id, territory_id)
        REFERENCES organizations_citizen (id, territory_id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT citizen_merge_loser_of_its_territory FOREIGN KEY (loser_id, territory_id)
        REFERENCES organizations_citizen (id, territory_id) DEFERRABLE INITIALLY DEFERRED;
"""

DROP = """
ALTER TABLE organizations_citizenmerge
    DROP CONSTRAINT citizen_merge_winner_of_its_territory,
    DROP CONSTRAINT citizen_merge_loser_of_its_territory;
ALTER TABLE organizations_citizen
    DROP CONSTRAINT citizen_merged_in_their_territory,
    DROP CONSTRAINT citizen_responsible_of_their_territory;
DROP TRIGGER access_follows_merged_citizen ON organizations_citizenaccess;
DROP TRIGGER referent_follows_merged_citizen ON organizations_citizen_referents;
DROP TRIGGER citizen_responsible_is_their_own ON organizations_citizen;
DROP TRIGGER citizen_merge_is_final ON organizations_citizenmerge;
DROP FUNCTION organizations_merge_is_final();
DROP FUNCTION organizations_responsible_is_their_own();
DROP FUNCTION organizations_follow_merged_citizen();
DROP FUNCTION organizations_standing_citizen(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0009_citizens_told_apart")]

    operations = [
        migrations.AddField(
            "citizen",
            "merged_into",
            models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="absorbed",
                to="organizations.citizen",
                verbose_name="fusionnée dans",
            ),
        ),
        migrations.AddConstraint(
            "citizen",
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")),
                name="citizen_not_merged_into_themselves",
            ),
        ),
        migrations.AddConstraint(
            "citizen",
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(responsible__isnull=True),
                name="citizen_merged_has_no_responsible",
            ),
        ),
        migrations.CreateModel(
            name="CitizenMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="le")),
                ("kept", models.JSONField(blank=True, default=dict, verbose_name="valeurs gardées")),
                ("dropped", models.JSONField(blank=True, default=dict, verbose_name="valeurs écartées")),
                ("followed", models.JSONField(blank=True, default=dict, verbose_name="ce qui a suivi")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "loser",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.citizen",
                        verbose_name="fiche fusionnée",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.territory",
                        verbose_name="territoire",
                    ),
                ),
                (
                    "winner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="organizations.citizen",
                        verbose_name="fiche gardée",
                    ),
                ),
            ],
            options={
                "verbose_name": "fusion de fiches",
                "verbose_name_plural": "fusions de fiches",
                "ordering": ["at", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(winner=F("loser")), name="citizen_merge_of_two_records"),
                    models.UniqueConstraint(fields=["loser"], name="citizen_merged_once"),
                ],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
