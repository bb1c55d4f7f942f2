from django.contrib.staticfiles import finders
from django.urls import reverse


def test_the_icon_that_every_browser_asks_for_is_there(client):
    response = client.get(reverse("favicon"))

    assert response.status_code == 302
    assert finders.find(response["Location"].removeprefix("/static/"))
