"""The default texts of messages, by event, audience and channel.

Fields stand as their names (`{date}`); `fields` documents them. An SMS fits one segment and never names the motif:
a telephone lies about. Spaces before French punctuation are made unbreakable when the text is rendered.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from .models import Message

Channel, Kind, Audience = Message.Channel, Message.Kind, Message.Audience


# What administrators may write anew, as they call it. All but the offer, which somebody asked for, may be turned off.
EVENTS = {
    Kind.BOOKED: "Création du RDV",
    Kind.REMINDER: "Rappel",
    Kind.MOVED: "Changement de date",
    Kind.NO_SHOW: "Absence",
    Kind.UNSCHEDULED: "Rendez-vous déprogrammé",
    Kind.CANCELLED_BY_CITIZEN: "Annulation par l'usager",
    Kind.CANCELLED_BY_AGENT: "Annulation par un agent",
    Kind.WAITING: "Mise en liste d'attente",
    Kind.SEATED: "Place libérée",
    Kind.LEFT_QUEUE: "Sortie de la liste d'attente",
    Kind.EARLIER_SLOT: "Créneau plus tôt proposé",
}
OF_WORKSHOPS = {Kind.WAITING, Kind.SEATED, Kind.LEFT_QUEUE}


@dataclass(frozen=True)
class Text:
    """`subject` is empty for an SMS. Either may be lazy until rendered."""

    body: str
    subject: str = ""


_CITIZEN_MAILS = {
    Kind.BOOKED: Text(
        subject=_("Votre rendez-vous du {date}"),
        body=_(
            "Bonjour,\n\n"
            "Le rendez-vous de {beneficiaire} est confirmé.\n\n"
            "{motif}\n"
            "{date}, durée {duree}\n"
            "{lieu}\n"
            "{adresse}\n"
            "{guichet}\n\n"
            "{instructions}\n\n"
            "Voir, déplacer ou annuler ce rendez-vous :\n"
            "{lien}\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.REMINDER: Text(
        subject=_("Rappel : rendez-vous le {date}"),
        body=_(
            "Bonjour,\n\n"
            "Nous vous rappelons le rendez-vous de {beneficiaire}.\n\n"
            "{motif}\n"
            "{date}, durée {duree}\n"
            "{lieu}\n"
            "{adresse}\n"
            "{guichet}\n\n"
            "{instructions}\n\n"
            "Voir, déplacer ou annuler ce rendez-vous :\n"
            "{lien}\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.MOVED: Text(
        subject=_("Rendez-vous déplacé au {date}"),
        body=_(
            "Bonjour,\n\n"
            "Le rendez-vous de {beneficiaire}, prévu le {ancienne_date}, a été déplacé. Le voici :\n\n"
            "{motif}\n"
            "{date}, durée {duree}\n"
            "{lieu}\n"
            "{adresse}\n"
            "{guichet}\n\n"
            "{instructions}\n\n"
            "Voir, déplacer ou annuler ce rendez-vous :\n"
            "{lien}\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.NO_SHOW: Text(
        subject=_("Rendez-vous manqué le {date}"),
        body=_(
            "Bonjour,\n\n"
            "Le rendez-vous de {beneficiaire} du {date} n'a pas eu lieu : personne ne s'est présenté.\n\n"
            "{motif}\n\n"
            "Si vous en avez toujours besoin, prenez un nouveau rendez-vous ou contactez-nous.\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.UNSCHEDULED: Text(
        subject=_("Rendez-vous du {date} annulé"),
        body=_(
            "Bonjour,\n\n"
            "Nos horaires ont changé : le rendez-vous de {beneficiaire} du {date} ne peut pas avoir lieu. "
            "Nous vous prions de nous en excuser.\n\n"
            "{motif}\n\n"
            "Prenez un nouveau rendez-vous ou contactez-nous.\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.CANCELLED_BY_CITIZEN: Text(
        subject=_("Rendez-vous du {date} annulé"),
        body=_(
            "Bonjour,\n\n"
            "Comme vous l'avez demandé, le rendez-vous de {beneficiaire} du {date} est annulé.\n\n"
            "{motif}\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.CANCELLED_BY_AGENT: Text(
        subject=_("Rendez-vous du {date} annulé"),
        body=_(
            "Bonjour,\n\n"
            "Le rendez-vous de {beneficiaire} du {date} est annulé par nos services.\n\n"
            "{motif}\n\n"
            "Si vous en avez toujours besoin, prenez un nouveau rendez-vous ou contactez-nous.\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.WAITING: Text(
        subject=_("Liste d'attente : {date}"),
        body=_(
            "Bonjour,\n\n"
            "Toutes les places sont prises : {beneficiaire} est en liste d'attente. Si une place se libère, elle est "
            "pour les premiers de la liste, et un message vous prévient aussitôt.\n\n"
            "{motif}\n"
            "{date}, durée {duree}\n"
            "{lieu}\n"
            "{adresse}\n\n"
            "Voir ou quitter la liste d'attente :\n"
            "{lien}\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.SEATED: Text(
        subject=_("Une place s'est libérée : rendez-vous le {date}"),
        body=_(
            "Bonjour,\n\n"
            "Une place s'est libérée : {beneficiaire} n'est plus en liste d'attente, le rendez-vous est confirmé.\n\n"
            "{motif}\n"
            "{date}, durée {duree}\n"
            "{lieu}\n"
            "{adresse}\n"
            "{guichet}\n\n"
            "{instructions}\n\n"
            "Voir ce rendez-vous, ou laisser la place à quelqu'un d'autre :\n"
            "{lien}\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.LEFT_QUEUE: Text(
        subject=_("Liste d'attente du {date}"),
        body=_(
            "Bonjour,\n\n"
            "{beneficiaire} n'est plus en liste d'attente pour le rendez-vous du {date}.\n\n"
            "{motif}\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.EARLIER_SLOT: Text(
        subject=_("Un créneau plus tôt : {date}"),
        body=_(
            "Bonjour,\n\n"
            "Un créneau plus tôt s'est libéré pour {beneficiaire} :\n\n"
            "{motif}\n"
            "{date}, durée {duree}\n"
            "{lieu}\n"
            "{adresse}\n\n"
            "Le rendez-vous du {ancienne_date} ne change pas tant que vous n'acceptez pas.\n\n"
            "Accepter ou refuser avant le {limite} :\n"
            "{lien}\n\n"
            "Sans réponse, le créneau est proposé à quelqu'un d'autre.\n\n"
            "{organisation}\n"
            "{contact}"
        ),
    ),
    Kind.CODE: Text(
        subject=_("Votre code de confirmation"),
        body=_(
            "Bonjour,\n\n"
            "Votre code de confirmation est : {code}\n\n"
            "Il est valable 10 minutes. Si vous n'avez rien demandé, ignorez ce message.\n\n"
            "{expediteur}"
        ),
    ),
}

_CITIZEN_SMS = {
    Kind.BOOKED: Text(_("RDV confirmé le {date}. {lieu}. {lien}")),
    Kind.REMINDER: Text(_("Rappel : RDV le {date}. {lieu}. {lien}")),
    Kind.MOVED: Text(_("RDV déplacé au {date}. {lieu}. {lien}")),
    Kind.NO_SHOW: Text(_("Nous vous attendions le {date}. Si besoin, reprenez un RDV. {organisation} {telephone}")),
    Kind.UNSCHEDULED: Text(
        _("Nos horaires ont changé : RDV du {date} annulé. Merci d'en reprendre un. {organisation} {telephone}")
    ),
    Kind.CANCELLED_BY_CITIZEN: Text(_("Votre RDV du {date} est annulé, comme demandé. {organisation} {telephone}")),
    Kind.CANCELLED_BY_AGENT: Text(_("Votre RDV du {date} est annulé par nos services. {organisation} {telephone}")),
    Kind.WAITING: Text(_("Complet : en attente pour le {date}. {lien}")),
    Kind.SEATED: Text(_("Une place s'est libérée : RDV confirmé le {date}. {lieu}. {lien}")),
    Kind.LEFT_QUEUE: Text(_("Vous n'êtes plus en liste d'attente pour le {date}. {organisation} {telephone}")),
    Kind.EARLIER_SLOT: Text(_("RDV plus tôt {date} ? Répondez avant {limite}. {lien}")),
    Kind.CODE: Text(_("{code} est votre code de confirmation, valable 10 minutes. Ne le donnez à personne.")),
}

_TEXTS = {
    (Audience.CITIZEN, Channel.EMAIL): _CITIZEN_MAILS,
    (Audience.CITIZEN, Channel.SMS): _CITIZEN_SMS,
}


def default_text(kind: str, *, audience: str, channel: str) -> Text | None:
    """The text, or None where nothing is sent or nobody writes it anew: agents and prescribers have fixed ones."""
    return _TEXTS.get((audience, channel), {}).get(kind)
