import pytest, random, datetime as dt
from decimal import Decimal
from django.urls import reverse
from django.utils import timezone
from notifications.models import Message
from notifications.levels import Level
from organizations.models import Membership
from tests.browsers import PHONE, DESKTOP
from tests.factories import *

@pytest.fixture
def world(transactional_db):
    territory = make_territory(name="Communauté urbaine d'Arras et des villages de la Scarpe", sms_price=Decimal("0.0725"))
    org = make_organization(territory=territory, name="Maison départementale des solidarités de Saint-Pol-sur-Ternoise")
    other = make_organization(territory=territory, name="Mairie")
    motif = make_motif(organization=org, name="Premier accueil social et ouverture des droits pour les familles")
    now = timezone.now()
    long = dict(first_name="Marie-Antoinette Joséphine", last_name="de La Rochefoucauld-Montmorency", email="marie-antoinette.josephine.de-la-rochefoucauld@administration-tres-longue.gouv.fr", phone="+33612345678")
    cal = make_calendar(organization=org)
    a = make_appointment(motif=motif, citizen=make_citizen(organization=org, **long), starts_at=now+dt.timedelta(days=3), now=now, calendar=cal)
    mother = make_citizen(organization=org, last_name="Garnier", email="mere@example.org", phone="+33698765432")
    b = make_appointment(motif=motif, citizen=make_citizen(organization=org, first_name="Léo", last_name="Garnier", responsible=mother, email="", phone=""), starts_at=now+dt.timedelta(days=4), now=now, calendar=cal)
    ms = list(Message.objects.order_by("pk"))
    for i, m in enumerate(ms):
        m.status = ["sent","failed","sent","queued","dropped","sent"][i % 6]
        m.sent_at = now if m.status=="sent" else None
        if i % 6 == 2: m.delivered_at = now
        if m.status=="failed": m.error = "SMS refusé : ce numéro ne peut pas être joint depuis l'expéditeur, et une longue explication."
        m.save()
    random.seed(1)
    for i in range(900):
        at = now - dt.timedelta(days=random.random()**2*390)
        k = random.choice(["booked","reminder","moved","no_show"]); c=random.choice(["email","sms"])
        st = random.choice(["sent"]*8+["failed","dropped"])
        o = random.choice([org,org,other])
        Message.objects.create(territory=territory, organization=o, audience="citizen", kind=k, channel=c, recipient="x@y.fr", subject="s" if c=="email" else "", body="b", created_at=at, due_at=at, status=st, sent_at=at if st=="sent" else None, delivered_at=at if st=="sent" and random.random()<.6 else None, segments=1 if c=="sms" else 0, cost=Decimal("0.0725") if c=="sms" else None)
    Message.objects.create(territory=territory, audience="citizen", kind="code", channel="sms", recipient="+33612345678", body="123456 code", created_at=now, due_at=now, segments=1, cost=Decimal("0.0725"))
    admin = make_territory_admin(territory=territory)
    make_membership(agent=admin, organization=org, role=Membership.Role.ADMIN)
    return territory, org, motif, a, admin

def test_shots(world, open_page, client, live_server):
    territory, org, motif, a, admin = world
    client.force_login(admin)
    cookie = [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    pages = {
      "journal": reverse("notifications:message_list", args=[org.slug]),
      "journal_empty": reverse("notifications:message_list", args=[org.slug], query={"q": "personne"}),
      "tjournal": reverse("notifications:territory_message_list", args=[territory.slug]),
      "figures": reverse("notifications:message_figures", args=[org.slug]),
      "tfigures": reverse("notifications:territory_message_figures", args=[territory.slug]),
      "rdv": reverse("scheduling:appointment_detail", args=[org.slug, a.pk]),
      "settings": reverse("scheduling:territory_settings", args=[territory.slug]),
      "editor_sms": reverse("notifications:motif_text_edit", args=[org.slug, motif.pk], query={"evenement":"reminder","canal":"sms"}),
      "editor_sms_en": reverse("notifications:motif_text_edit", args=[org.slug, motif.pk], query={"evenement":"reminder","canal":"sms","langue":"en"}),
      "editor_mail_en": reverse("notifications:territory_text_edit", args=[territory.slug], query={"evenement":"waiting","canal":"email","langue":"en"}),
    }
    import os
    only = os.environ.get("SHOTS", "").split(",") if os.environ.get("SHOTS") else pages
    for vp, n in ((DESKTOP, "1280"), (PHONE, "360")):
        page = open_page(vp)
        page.context.add_cookies(cookie)
        for name in only:
            page.goto(pages[name])
            if name in ("journal","rdv"):
                for d in page.locator(".sent-text > summary").all()[:2]: d.click()
            w = page.evaluate("document.documentElement.scrollWidth")
            print(name, n, w)
            page.screenshot(path=f"/tmp/shots_f/{name}_{n}.png", full_page=True)
