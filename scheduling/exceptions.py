from django.utils.translation import gettext_lazy as _

from .engine.delays import describe_duration


class SchedulingError(Exception):
    """Base of the refusals a person can act on. `message` is shown as is: in French, or in the language
    of the page where citizens see it."""

    message = _("Cette action n'est pas possible.")

    def __init__(self, message=None):
        super().__init__(message or self.message)
        self.message = message or self.message


class SlotTaken(SchedulingError):
    """The slot is no longer offered, whatever the reason. `nearest` holds the nearest free slots of the motif."""

    message = _("Ce créneau n'est plus disponible.")

    def __init__(self, message=None, *, nearest=()):
        super().__init__(message)
        self.nearest = list(nearest)


class TooManyHolds(SchedulingError):
    message = _("Trop de créneaux sont retenus depuis votre connexion. Réessayez dans quelques minutes.")


class HoldNotProlonged(SchedulingError):
    """There is nothing to prolong, or not again."""

    message = _("Ce créneau ne peut pas vous être gardé plus longtemps. Continuez tant qu'il est libre.")


class QuotaExceeded(SchedulingError):
    """Opening more hours than the calendar's weekly allowance in at least one week."""

    message = "Le quota hebdomadaire serait dépassé."


class AllowanceRefused(SchedulingError):
    message = "Un quota est de plus de 0 h et d'au plus 168 h par semaine."


class AppointmentNotChangeable(SchedulingError):
    message = _("Ce rendez-vous ne peut plus être modifié.")


class WorkshopHasNoSlots(AppointmentNotChangeable):
    message = "Un atelier n'a pas de créneaux\u00a0: placez-le à l'heure que vous voulez."


class AlreadyParticipating(SchedulingError):
    message = "Cette personne participe déjà à ce rendez-vous."


class AppointmentFull(SchedulingError):
    message = "Il n'y a plus de place dans ce rendez-vous."


class LastParticipant(SchedulingError):
    """An appointment of nobody is none."""

    message = "C'est la dernière personne de ce rendez-vous\u00a0: annulez-le plutôt."


class EditedMeanwhile(SchedulingError):
    message = "Ce rendez-vous a changé pendant que vous le modifiiez. Vérifiez ce qu'il dit maintenant."


class LengthDoesNotFit(SchedulingError):
    """Something occupies the time that follows."""

    def __init__(self, length):
        super().__init__(
            f"Le rendez-vous durerait {describe_duration(length)}, et la suite n'est pas libre. Déplacez-le d'abord "
            "là où il y a la place."
        )


class LastCalendar(SchedulingError):
    message = "Un rendez-vous garde au moins un agenda."


class AppointmentChangedMeanwhile(AppointmentNotChangeable):
    """Somebody has changed it since it was seen: what was meant for where it stood is not done."""

    message = "Ce rendez-vous vient d'être changé par quelqu'un d'autre. Regardez où il est maintenant."


class PlacementRefused(SchedulingError):
    """An RDV cannot stand there, whatever is confirmed."""

    message = "Ce rendez-vous ne peut pas être placé ainsi."


class AlreadyReceived(AppointmentNotChangeable):
    """Somebody else has called this person in: `message` says who, and since when."""


class ConflictSettled(SchedulingError):
    """Somebody has settled it since it was seen, or the RDV has changed."""

    message = "Ce rendez-vous est déjà réglé."


class TooBusy(SchedulingError):
    """Others hold the calendar for so long that the database gave up waiting: nothing was written."""

    message = "Trop de personnes modifient cet agenda en ce moment. Réessayez dans quelques instants."


class OpeningRefused(SchedulingError):
    message = "Cette plage d'ouverture n'est pas possible."


class UnavailabilityRefused(SchedulingError):
    message = "Cette indisponibilité n'est pas possible."


class ReferenceWeekRefused(SchedulingError):
    message = "Cette semaine de référence n'est pas possible."


class PreviewOutdated(SchedulingError):
    """What would change is no longer what the person saw and confirmed."""

    message = "La situation a changé depuis l'aperçu. Vérifiez-le de nouveau avant d'appliquer."


class LocationInUse(SchedulingError):
    """Somebody would lose a place that they use, or use one that is not theirs."""

    message = "Ce lieu sert encore."


class MotifRefused(SchedulingError):
    message = "Ce motif ne peut pas être enregistré ainsi."


class BulkEditRefused(SchedulingError):
    """It was undone already, or another one came after it."""

    message = "Cette modification ne peut plus être annulée."


class WorkshopRefused(SchedulingError):
    message = "Cet atelier n'est pas possible."


class RegistrationClosed(SchedulingError):
    """A citizen cannot register for this workshop by themselves, or not now."""

    message = "Les inscriptions à cet atelier ne sont pas ouvertes."


class EarlierSlotRefused(SchedulingError):
    """Nobody can be on the waiting list for an earlier slot with this appointment, or not with these wishes."""

    message = "La liste d'attente n'est pas possible pour ce rendez-vous."


class NobodyToTell(EarlierSlotRefused):
    """No message can reach who waits for an earlier slot."""


class OfferGone(SchedulingError):
    """The earlier slot is no longer theirs to take: too late, declined, or taken by something stronger."""

    message = "Cette proposition n'est plus valable."


class OverlapNotConfirmed(SchedulingError):
    message = "Un autre rendez-vous occupe déjà une partie de cette période."


class CalendarsNotFree(OverlapNotConfirmed):
    """`calendar_ids` are those that something occupies: what is confirmed is them, and no other."""

    def __init__(self, message, *, calendar_ids):
        super().__init__(message)
        self.calendar_ids = sorted(calendar_ids)


class MemberRefused(SchedulingError):
    message = "Cet agent ne peut pas être changé ainsi."


class TooManyExports(SchedulingError):
    message = "Plusieurs de vos exports sont déjà en cours. Attendez que l'un d'eux soit prêt."


class ExportGivenUp(SchedulingError):
    """The export is no longer to be written: `message` says so to the person who asked for it."""

    message = "L'export n'a pas pu être écrit. Demandez-le de nouveau."


class AgendaViewRefused(SchedulingError):
    message = "Vous avez déjà une vue de ce nom."
