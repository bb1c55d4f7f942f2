"""A lock that does not come: people are asked to try again, and nothing is half written."""

from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from psycopg.errors import DeadlockDetected

from config.busy import BusyMiddleware
from scheduling.models import Closure
from scheduling.services.locks import lock_organizations
from tests.factories import make_agent, make_organization


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_reads_so_and_nothing_is_written(client):
    organization = make_organization()
    client.force_login(make_agent(organization=organization, role="admin"))
    held, release = Event(), Event()

    def hold():
        with transaction.atomic():
            lock_organizations([organization.pk])
            held.set()
            release.wait(20)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    held.wait(5)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    typed = {"label": "Pont", "first_day": "2027-05-07", "last_day": "2027-05-07", "concerns": "organization"}
    response = client.post(reverse("scheduling:closure_add", args=[organization.slug]), typed)
    release.set()
    holder.join()
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "Rien n'a été enregistré" in response.content.decode().replace("&#x27;", "'")
    assert not Closure.objects.exists()


def test_who_was_let_go_because_two_waited_for_each_other_reads_the_same():
    failure = OperationalError("deadlock detected")
    failure.__cause__ = DeadlockDetected()

    response = BusyMiddleware(lambda request: HttpResponse()).process_exception(RequestFactory().get("/"), failure)

    assert response.status_code == 503


def test_any_other_failure_of_the_database_is_left_to_the_error_page():
    middleware = BusyMiddleware(lambda request: HttpResponse())

    assert middleware.process_exception(RequestFactory().get("/"), OperationalError("gone")) is None
