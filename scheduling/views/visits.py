"""The day of an appointment, one press each: arrived, received, finished, and back."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from organizations.tenancy import member_required

from ..exceptions import SchedulingError
from ..services.actors import Actor
from ..services.visits import finish, mark_arrived, receive, withdraw_arrival, withdraw_reception
from .appointments import address_of, appointment_of
from .returning import return_address

ACTS = {
    "arrived": mark_arrived,
    "not_arrived": withdraw_arrival,
    "received": receive,
    "waiting": withdraw_reception,
    "finished": finish,
}


@require_POST
@member_required()
def appointment_visit(request, pk):
    """`act` is one of ACTS; then back to where one was, with the refusal if there is one."""
    appointment = appointment_of(request, pk)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        messages.error(request, "Cette action n'existe pas.")
    else:
        try:
            act(appointment=appointment, actor=Actor.of(request.user), now=timezone.now())
        except SchedulingError as error:
            messages.error(request, error.message)
    return redirect(return_address(request, address_of(appointment)))
