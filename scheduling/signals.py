"""The one arrow that goes up: an event of an appointment was appended, in the transaction of its cause.

Sender: `services.events.record_event`. Receiver: `notifications.receivers`.
"""

from django.dispatch import Signal

appointment_event_recorded = Signal()
