"""What Twilio refuses and why, in the words an agent reads: https://www.twilio.com/docs/api/errors."""

from datetime import timedelta

from scheduling.engine.typography import NBSP

from ..exceptions import DeliveryError

STOPPED = 21610

_REFUSALS = {
    21211: "ce numéro n'existe pas",
    21217: "ce numéro n'existe pas",
    21408: "les SMS vers ce pays ne sont pas autorisés",
    STOPPED: "cette personne a répondu STOP aux SMS",
    21612: "ce numéro ne peut pas être joint depuis l'expéditeur",
    21614: "ce numéro n'est pas un mobile",
    21617: "ce texte est trop long",
    30001: "trop de messages attendaient chez le fournisseur",
    30002: "le compte chez le fournisseur est suspendu",
    30003: "ce téléphone est éteint ou n'est pas joignable",
    30004: "ce téléphone bloque les messages",
    30005: "ce numéro est inconnu",
    30006: "ce numéro est un fixe ou n'est pas joignable",
    30007: "l'opérateur l'a pris pour de la publicité",
    30008: "l'opérateur n'a pas dit pourquoi",
    30010: "il coûte plus que la limite",
    30036: "il n'a pas pu être remis à temps",
    30410: "l'opérateur n'a pas répondu",
    30454: "ce téléphone en a reçu trop",
    63038: "la limite d'un jour du compte est atteinte",
}
# Its queue is full, too many requests at once, or too many to one number: none of it is the message's fault.
_TRANSIENT = {14107, 20429, 21611}
# When Twilio asks to slow down without saying how long.
_SLOW_DOWN = timedelta(seconds=5)
_LONGEST_SLOW_DOWN = timedelta(minutes=10)


def refusal(code: int | None) -> str:
    """Why an SMS was not delivered, as shown to agents."""
    reason = _REFUSALS.get(code) or (f"erreur {code} du fournisseur" if code else "sans raison donnée")
    return f"SMS non remis{NBSP}: {reason}."


def as_delivery_error(error, retry_after: str | None) -> DeliveryError:
    """What an answer of Twilio's that is no success means; `retry_after` is the header of it."""
    if error.status == 429 or error.code in _TRANSIENT:
        return DeliveryError("Le fournisseur de SMS demande de ralentir.", slow_down=_asked(retry_after))
    if error.code in _REFUSALS:
        reason = f"SMS refusé{NBSP}: {_REFUSALS[error.code]}."
        return DeliveryError(reason, is_permanent=True, is_stopped=error.code == STOPPED)
    if error.status >= 500 or error.status in {401, 403}:
        reason = f"Le fournisseur de SMS est en panne ou refuse l'identifiant ({error.status})."
        return DeliveryError(reason, slow_down=_asked(retry_after) if retry_after else None)
    return DeliveryError(f"SMS refusé{NBSP}: {error.msg} ({error.code or error.status}).", is_permanent=True)


def _asked(retry_after):
    """Seconds, as Twilio writes it (RFC 9110, 10.2.3 allows a date, too: then the usual wait)."""
    seconds = int(retry_after) if retry_after and retry_after.isdecimal() and len(retry_after) < 9 else 0
    return min(timedelta(seconds=seconds), _LONGEST_SLOW_DOWN) or _SLOW_DOWN
