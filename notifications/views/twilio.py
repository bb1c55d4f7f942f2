"""What Twilio posts to us: how an SMS fares, and what people answer. Signed by Twilio, or refused."""

from functools import wraps

from django.http import HttpResponse, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.twiml.messaging_response import MessagingResponse

from organizations.access import signed_request

from ..services.provider_reports import record_report
from ..services.sms_stops import read_answer
from ..transports.twilio_callbacks import is_from_twilio, message_of


def _from_twilio(view):
    """403 for what Twilio has not signed: nothing of it is looked at."""

    @wraps(view)
    def wrapper(request):
        return view(request) if is_from_twilio(request) else HttpResponseForbidden()

    return signed_request(csrf_exempt(require_POST(wrapper)))


@_from_twilio
def sms_report(request):
    """How an SMS fares. What it is about need not exist any more: nobody there could do anything about it."""
    code = request.POST.get("ErrorCode", "")
    record_report(
        message_id=message_of(request.GET.get("m", "")),
        provider_id=request.POST.get("MessageSid", ""),
        state=request.POST.get("MessageStatus", ""),
        error_code=int(code) if code.isdecimal() and len(code) <= 6 else None,
        now=timezone.now(),
    )
    return HttpResponse(status=204)


@_from_twilio
def sms_answer(request):
    """An SMS of a person to one of our numbers: STOP and START count. We answer with no SMS of our own."""
    read_answer(
        sender=request.POST.get("From", ""),
        written_to=request.POST.get("To", ""),
        service=request.POST.get("MessagingServiceSid", ""),
        body=request.POST.get("Body", ""),
        opt_out=request.POST.get("OptOutType", ""),
        now=timezone.now(),
    )
    return HttpResponse(str(MessagingResponse()), content_type="text/xml")
