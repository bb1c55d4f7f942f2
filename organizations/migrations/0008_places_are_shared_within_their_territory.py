"""A place is shared with sisters of its organization only, whatever the code does: the territory is the tenant."""

from django.db import migrations

CREATE = """
CREATE FUNCTION organizations_location_shared() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM organizations_location location
        JOIN organizations_organization owner ON owner.id = location.organization_id
        JOIN organizations_organization sister ON sister.id = NEW.organization_id
        WHERE location.id = NEW.location_id AND sister.territory_id = owner.territory_id AND sister.id <> owner.id
    ) THEN
        RAISE EXCEPTION 'location % cannot be shared with organization %', NEW.location_id, NEW.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'location_shared_within_its_territory';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER location_shared_within_its_territory
    BEFORE INSERT OR UPDATE ON organizations_location_shared_with
    FOR EACH ROW EXECUTE FUNCTION organizations_location_shared();
"""

DROP = """
DROP TRIGGER location_shared_within_its_territory ON organizations_location_shared_with;
DROP FUNCTION organizations_location_shared();
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0007_frames_of_other_sites")]

    operations = [migrations.RunSQL(CREATE, DROP)]
