"""An organization and a territory never lose their last active administrator, whatever the code does.

Checked when the transaction commits, in a queue at the row of the organization or territory: two who leave at once are
one after the other. One that never had an administrator needs none.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION organizations_admin_remains(organization bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM organizations_organization WHERE id = organization FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (
        SELECT FROM organizations_membership membership JOIN organizations_agent agent ON agent.id = membership.agent_id
        WHERE membership.organization_id = organization AND membership.role = 'admin' AND agent.is_active
    ) THEN
        RAISE EXCEPTION 'organization % would have no administrator left', organization
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_keeps_an_administrator';
    END IF;
END $$;

CREATE FUNCTION organizations_territory_admin_remains(territory bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM organizations_territory WHERE id = territory FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (
        SELECT FROM organizations_territoryrole role JOIN organizations_agent agent ON agent.id = role.agent_id
        WHERE role.territory_id = territory AND role.is_admin AND agent.is_active
    ) THEN
        RAISE EXCEPTION 'territory % would have no administrator left', territory
            USING ERRCODE = 'check_violation', CONSTRAINT = 'territory_keeps_an_administrator';
    END IF;
END $$;

CREATE FUNCTION organizations_membership_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM organizations_admin_remains(OLD.organization_id);
    RETURN NULL;
END $$;

CREATE FUNCTION organizations_territory_role_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM organizations_territory_admin_remains(OLD.territory_id);
    RETURN NULL;
END $$;

CREATE FUNCTION organizations_agent_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM organizations_admin_remains(organization_id) FROM organizations_membership
        WHERE agent_id = OLD.id AND role = 'admin' ORDER BY organization_id;
    PERFORM organizations_territory_admin_remains(territory_id) FROM organizations_territoryrole
        WHERE agent_id = OLD.id AND is_admin ORDER BY territory_id;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER organization_keeps_an_administrator_updated
    AFTER UPDATE ON organizations_membership DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.role = 'admin' AND (NEW.role <> 'admin' OR NEW.organization_id <> OLD.organization_id))
    EXECUTE FUNCTION organizations_membership_ended();
CREATE CONSTRAINT TRIGGER organization_keeps_an_administrator_deleted
    AFTER DELETE ON organizations_membership DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.role = 'admin')
    EXECUTE FUNCTION organizations_membership_ended();
CREATE CONSTRAINT TRIGGER territory_keeps_an_administrator_updated
    AFTER UPDATE ON organizations_territoryrole DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.is_admin AND (NOT NEW.is_admin OR NEW.territory_id <> OLD.territory_id))
    EXECUTE FUNCTION organizations_territory_role_ended();
CREATE CONSTRAINT TRIGGER territory_keeps_an_administrator_deleted
    AFTER DELETE ON organizations_territoryrole DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.is_admin)
    EXECUTE FUNCTION organizations_territory_role_ended();
CREATE CONSTRAINT TRIGGER administrator_stays_active
    AFTER UPDATE ON organizations_agent DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.is_active AND NOT NEW.is_active)
    EXECUTE FUNCTION organizations_agent_ended();
"""

DROP = """
DROP TRIGGER organization_keeps_an_administrator_updated ON organizations_membership;
DROP TRIGGER organization_keeps_an_administrator_deleted ON organizations_membership;
DROP TRIGGER territory_keeps_an_administrator_updated ON organizations_territoryrole;
DROP TRIGGER territory_keeps_an_administrator_deleted ON organizations_territoryrole;
DROP TRIGGER administrator_stays_active ON organizations_agent;
DROP FUNCTION organizations_membership_ended();
DROP FUNCTION organizations_territory_role_ended();
DROP FUNCTION organizations_agent_ended();
DROP FUNCTION organizations_admin_remains(bigint);
DROP FUNCTION organizations_territory_admin_remains(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0004_invitations_and_teams")]

    operations = [migrations.RunSQL(CREATE, DROP)]
