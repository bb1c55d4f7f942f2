"""Who may do what; and an organization or a territory always keeps an administrator."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from organizations.exceptions import LastAdministrator, NoLongerMember
from organizations.models import Membership, TerritoryRole
from organizations.services.rights import change_role, end_membership, set_territory_rights
from tests.factories import make_agent, make_membership, make_organization, make_territory_admin

ADMIN, BASIC = Membership.Role.ADMIN, Membership.Role.BASIC


def admins_of(organization):
    return Membership.objects.for_organization(organization).filter(role=ADMIN).count()


@pytest.mark.django_db
class TestAnOrganization:
    @pytest.fixture
    def admin(self):
        return make_membership(role=ADMIN)

    def test_refuses_to_demote_its_last_administrator(self, admin):
        with pytest.raises(LastAdministrator):
            change_role(membership=admin, role=BASIC, is_front_desk=False)

    def test_refuses_to_let_its_last_administrator_go(self, admin):
        with pytest.raises(LastAdministrator):
            end_membership(membership=admin)

    def test_does_not_count_one_whose_account_is_closed(self, admin):
        make_membership(organization=admin.organization, role=ADMIN, agent=make_agent(is_active=False))

        with pytest.raises(LastAdministrator):
            end_membership(membership=admin)

    def test_lets_one_of_two_go(self, admin):
        other = make_membership(organization=admin.organization, role=ADMIN)
        end_membership(membership=admin)
        end_membership(membership=admin)

        assert list(Membership.objects.for_organization(admin.organization)) == [other]

    def test_makes_an_administrator_of_a_plain_agent_and_the_other_way_round(self, admin):
        plain = make_membership(organization=admin.organization)
        change_role(membership=plain, role=ADMIN, is_front_desk=False)
        change_role(membership=admin, role=BASIC, is_front_desk=True)

        admin.refresh_from_db()
        assert (admin.role, admin.is_front_desk) == (BASIC, True)

    def test_says_so_of_somebody_who_left_meanwhile(self, admin):
        plain = make_membership(organization=admin.organization)
        end_membership(membership=plain)

        with pytest.raises(NoLongerMember):
            change_role(membership=plain, role=ADMIN, is_front_desk=False)


@pytest.mark.django_db
class TestATerritory:
    @pytest.fixture
    def admin(self):
        return make_territory_admin(territory=make_organization().territory)

    def test_refuses_to_lose_its_last_administrator(self, admin):
        with pytest.raises(LastAdministrator, match="territoire"):
            set_territory_rights(territory=admin.territory_roles.get().territory, agent=admin, is_admin=False)

    def test_gives_and_takes_single_rights(self, admin):
        territory, agent = admin.territory_roles.get().territory, make_agent()
        set_territory_rights(territory=territory, agent=agent, invites_agents=True)
        set_territory_rights(territory=territory, agent=agent, manages_teams=True)
        assert agent.territory_roles.get().invites_agents

        set_territory_rights(territory=territory, agent=agent, invites_agents=False, manages_teams=False)
        assert not agent.territory_roles.exists()


@pytest.mark.django_db(transaction=True)
class TestTheDatabase:
    @pytest.fixture
    def admin(self):
        return make_membership(role=ADMIN)

    @pytest.mark.parametrize(
        "act",
        [
            lambda admin: Membership.objects.filter(pk=admin.pk).update(role=BASIC),
            lambda admin: Membership.objects.filter(pk=admin.pk).delete(),
            lambda admin: type(admin.agent).objects.filter(pk=admin.agent_id).update(is_active=False),
        ],
        ids=["demoted", "removed", "account closed"],
    )
    def test_keeps_an_administrator_whatever_the_code_does(self, admin, act):
        with pytest.raises(IntegrityError, match="no administrator left"), transaction.atomic():
            act(admin)

        assert admins_of(admin.organization) == 1

    def test_keeps_an_administrator_of_the_territory(self):
        admin = make_territory_admin(territory=make_organization().territory)

        with pytest.raises(IntegrityError, match="no administrator left"), transaction.atomic():
            TerritoryRole.objects.filter(agent=admin).delete()

    def test_lets_a_whole_organization_go(self, admin):
        with transaction.atomic():
            Membership.objects.filter(pk=admin.pk).delete()
            admin.organization.delete()

    @pytest.mark.parametrize("act", ["demoted", "removed", "past the services"])
    def test_two_administrators_who_leave_at_once_leave_one(self, admin, act):
        other = make_membership(organization=admin.organization, role=ADMIN)
        barrier = Barrier(2)

        def leave(membership):
            try:
                barrier.wait()
                if act == "demoted":
                    change_role(membership=membership, role=BASIC, is_front_desk=False)
                elif act == "removed":
                    end_membership(membership=membership)
                else:
                    Membership.objects.filter(pk=membership.pk).update(role=BASIC)
            except (LastAdministrator, IntegrityError) as refusal:
                return refusal
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            refusals = [refusal for refusal in pool.map(leave, [admin, other]) if refusal]

        assert len(refusals) == 1
        assert admins_of(admin.organization) == 1
