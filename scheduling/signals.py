"""The arrows that go up, each with one sender and one receiver, in the transaction of its cause.

`appointment_event_recorded` (`event`): an event of an appointment was appended. Sender: `services.events.record_event`.
The receiver notes on it whether somebody was told (`is_told`).

`motif_copied` (`original`, `copy`, `now`): a motif was made from another one, whose messages the copy takes over.
Sender: `services.motifs.create_motif`.

Receiver of both: `notifications.receivers`.
"""

from django.dispatch import Signal

appointment_event_recorded = Signal()
motif_copied = Signal()
