"""Where a citizen is on the way to an RDV: what the address says was chosen, what is still to choose, where to go.

Every choice is a parameter of the address, so that each step can be shared, reloaded and entered anywhere. Nothing
of an address is believed: each value is looked up among what the territory offers (`choices`). A choice that leaves no
choice is made for the citizen, and its step skipped both ways.
"""

from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from .choices import Choices
from .steps import FOR_SOMEBODY_ELSE, OF_PRESCRIBERS, PARAMETERS, Kind, Step, format_start


class Journey(Choices):
    """One visitor's way through the portal of a territory: the order of its steps, and their addresses."""

    def is_made(self, step: Step) -> bool:
        """Whether what this step asks for is known, by choice or for want of one."""
        return {
            Step.SERVICE: lambda: bool(self.motifs) or self.service is not None,
            Step.MOTIF: lambda: bool(self.motifs),
            Step.OPTION: self._is_specified,
            Step.INSTRUCTIONS: lambda: not self.instructions or self.visitor.has_accepted(self.instructions),
            Step.PLACE: lambda: not self.places or self.place is not None,
            Step.SLOT: lambda: self.is_collective or (self.starts_at is not None and self.demand is not None),
            Step.WORKSHOP: lambda: not self.is_collective or self.workshop is not None,
        }.get(step, lambda: True)()

    def _is_specified(self):
        """Also by somebody: one organization may have the option, and another receive that many persons."""
        is_answered = (not self.options or self.option is not None) and self.persons is not None
        return is_answered and (self.is_collective or not self.motifs or bool(self.all_demands))

    def is_offered(self, step: Step) -> bool:
        """Whether the step has anything to choose: else it is skipped, forwards and backwards."""
        return {
            Step.SERVICE: lambda: len(self.services) > 1,
            Step.MOTIF: lambda: len(self.motif_cards) > 1,
            Step.OPTION: lambda: len(self.options) > 1 or self.most_persons > 1,
            Step.INSTRUCTIONS: lambda: not self.is_made(Step.INSTRUCTIONS),
            Step.PLACE: lambda: len(self.places) > 1,
            Step.SLOT: lambda: not self.is_collective,
            Step.WORKSHOP: lambda: self.is_collective,
            Step.CODE: lambda: not self.is_introduced,
        }.get(step, lambda: True)()

    def missing_before(self, step: Step) -> Step | None:
        return next((earlier for earlier in step.before if not self.is_made(earlier)), None)

    @property
    def first_url(self) -> str:
        """Where the way begins: the first step that has something to choose."""
        return self.url(next((step for step in Step if self.is_offered(step)), Step.SERVICE))

    def onward_url(self, step: Step, **changes) -> str:
        """The first step after `step` that has something to choose."""
        following = next(later for later in step.after if self.is_offered(later))
        return self.url(following, **changes)

    def back_url(self, step: Step) -> str | None:
        """The last step before `step` that has something to choose; None at the first one."""
        earlier = next((earlier for earlier in reversed(step.before) if self.is_offered(earlier)), None)
        return self.url(earlier) if earlier else None

    @property
    def everybody_url(self) -> str | None:
        """Where all who take what was chosen are offered, instead of the one whose address this is; else None."""
        if self.address is None:
            return None
        step = Step.PLACE if self.motifs else Step.SERVICE
        return self._address(step, {name: value for name, value in self.parameters(step).items() if name != "avec"})

    def url(self, step: Step | str, **changes) -> str:
        """The address of a step (or of another URL of the portal) with the choices made before it, then `changes`."""
        chosen = self.parameters(step) | {name: value for name, value in changes.items() if value is not None}
        return self._address(step, chosen)

    def _address(self, step, chosen):
        name = (self.prescribes and OF_PRESCRIBERS.get(step)) or getattr(step, "value", step)
        path = reverse(f"booking_portal:{name}", args=[self.territory.slug])
        return f"{path}?{urlencode(chosen, doseq=True)}" if chosen else path

    def parameters(self, step: Step | str) -> dict:
        """The choices made before `step`, as its address holds them."""
        steps = step.before if isinstance(step, Step) else list(Step)
        names = ["pour", "organisation", "avec", "site"]
        names += [name for earlier in steps for name in PARAMETERS.get(earlier, ())]
        chosen = {name: self._chosen[name] for name in names if self._chosen.get(name)}
        if self.is_on_site and Step.SLOT not in steps:
            # On site, the organization is that of the slot: another slot of the place may be of another one.
            chosen.pop("aupres", None)
        return chosen

    @cached_property
    def _chosen(self) -> dict:
        """The choices as parameters, those that were believed and those made for want of another."""
        chosen = {
            "pour": FOR_SOMEBODY_ELSE if self.prescribes else None,
            "organisation": self.organization.slug if self.organization else None,
            "avec": self.address.slug if self.address else None,
            "site": self.location.pk if self.location else None,
        }
        if self.service and len(self.services) > 1:
            chosen["service"] = self.service.key
        if self.motifs:
            chosen |= {"motif": self.motif.slug, "mode": Kind.of(self.motif).mode}
            chosen["option"] = self.option.key if self.option and len(self.options) > 1 else None
            chosen["personnes"] = self.persons if self.most_persons > 1 else None
            if self.all_demands and self.place:
                chosen["lieu"] = self.place.key if self.is_on_site and len(self.places) > 1 else None
                chosen["aupres"] = (
                    self.demands[0].motif.organization.slug
                    if len(self.demands) == 1 and len(self.all_demands) > 1
                    else None
                )
            if self.workshop:
                chosen["atelier"] = self.workshop.workshop.pk
                chosen["attente"] = 1 if self.is_ready_to_wait else None
            chosen["debut"] = format_start(self.starts_at) if self.starts_at and not self.is_collective else None
        return chosen
