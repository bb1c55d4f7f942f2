"""What mail servers say with numbers (RFC 3463 and its registry), in French."""

import re

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")

_REASONS = {
    "1.0": "adresse inconnue",
    "1.1": "adresse inconnue",
    "1.2": "ce domaine ne reçoit pas d'e-mails",
    "1.3": "adresse mal formée",
    "1.6": "cette adresse n'est plus en service",
    "1.10": "ce domaine ne reçoit pas d'e-mails",
    "2.0": "boîte hors d'usage",
    "2.1": "boîte désactivée",
    "2.2": "boîte pleine",
    "2.3": "e-mail trop long pour cette boîte",
    "3.1": "serveur du destinataire saturé",
    "3.4": "e-mail trop long pour le serveur du destinataire",
    "4.1": "serveur du destinataire injoignable",
    "4.3": "serveur du destinataire injoignable",
    "4.4": "ce domaine ne reçoit pas d'e-mails",
    "4.6": "boucle de renvois chez le destinataire",
    "4.7": "serveur du destinataire injoignable depuis plusieurs jours",
}
_OF_THE_ADDRESS = ("1.", "2.0", "2.1", "2.2")


def enhanced_status(text: str) -> str:
    """« 5.1.1 » out of an answer; empty where it has none."""
    match = _ENHANCED.search(text)
    return match[1] if match else ""


def reason_of(status: str) -> str:
    """Why, in a few words, of a status as 5.2.2; empty where the number says nothing to people."""
    _, _, detail = status.partition(".")
    if detail.startswith("7."):
        return "refusé par le filtre du destinataire"
    return _REASONS.get(detail, "")


def blames_address(status: str) -> bool:
    """Whether a failure with this status is about the address itself, and the next mail would fail, too."""
    _, _, detail = status.partition(".")
    return detail.startswith(_OF_THE_ADDRESS) or detail in {"4.4"}
