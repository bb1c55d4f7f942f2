"""Who is told what: event × audience × channel × settings × preferences. Each row: exactly these messages, no other.

Add yours as a line of the tables below: what happens, by whom, what the settings are, who the citizen is and what they
want, what was chosen for this appointment, what the agent of the calendar wants, and who is told. Nothing is computed
from a rule: what a line says at its end is what somebody decided. Every line starts from the same world.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest

from notifications.exceptions import ChannelDeclined
from notifications.levels import Level
from notifications.models import Message
from notifications.services.codes import send_code
from notifications.services.reminders import queue_due_reminders
from notifications.services.resending import resend_message
from notifications.services.switches import set_switches
from organizations.models import Agent, Citizen
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus, Participation
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.events import record_event
from scheduling.services.participants import remove_participant, set_participant_status
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_motif,
    make_organization,
    make_participation,
    make_territory,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

Event, Kind, Status = AppointmentEvent.Kind, Message.Kind, AppointmentStatus
MAIL, SMS = Message.Channel.EMAIL, Message.Channel.SMS

# ── The columns ──────────────────────────────────────────────────────────────────────────────────────────────────────
#
# settings  « - »: nobody decided anything. « T:sms=off » the territory turns SMS of this event off; O the organization,
#           M the motif; S a sister organization, N another motif, X another territory, of which nothing may matter
#           here. « O:moved.sms=off » of another event. « T:lead=none » without reminders, « M:lead=1h » of the motif.
# told      mail, sms: the citizen; parent-mail, parent-sms: who is responsible for them; agent: a mail to the agent of
#           the calendar; nobody.

CITIZENS = {
    "both": {"email": "camille@example.org", "phone": "+33612345678"},
    "mail only": {"email": "camille@example.org", "phone": ""},
    "mobile only": {"email": "", "phone": "+33612345678"},
    "landline": {"email": "camille@example.org", "phone": "+33321216262"},
    "landline only": {"email": "", "phone": "+33321216262"},
    "belgian": {"email": "", "phone": "+32470123456"},
    "no contact": {"email": "", "phone": ""},
    "wants no mail": {"notify_by_email": False},
    "wants no sms": {"notify_by_sms": False},
    "wants nothing": {"notify_by_email": False, "notify_by_sms": False},
    # A relative: messages go to the person responsible, whatever contacts the relative has.
    "child": {"email": "", "phone": "", "responsible": "parent"},
    "child with both": {"responsible": "parent"},
    "child no mail": {"notify_by_email": False, "responsible": "parent"},
    "child no sms": {"notify_by_sms": False, "responsible": "parent"},
    "parent no mail": {"responsible": "parent", "parent": {"notify_by_email": False}},
    "parent no sms": {"responsible": "parent", "parent": {"notify_by_sms": False}},
    "parent nothing": {"responsible": "parent", "parent": {"notify_by_email": False, "notify_by_sms": False}},
    "parent mail only": {"responsible": "parent", "parent": {"phone": ""}},
    "parent mobile only": {"responsible": "parent", "parent": {"email": ""}},
    "parent landline": {"responsible": "parent", "parent": {"phone": "+33321216262"}},
    "parent no contact": {"responsible": "parent", "parent": {"email": "", "phone": ""}},
    "child no mail, parent no sms": {
        "notify_by_email": False,
        "responsible": "parent",
        "parent": {"notify_by_sms": False},
    },
}
FOR_THE_APPOINTMENT = {
    "-": {},
    "no mail": {"notify_by_email": False},
    "no sms": {"notify_by_sms": False},
    "nothing": {"notify_by_email": False, "notify_by_sms": False},
}
# What agents want to be told of their own calendar (all, others' acts, today and tomorrow, none) is added here, with
# lines in AGENTS below.
OF_THE_AGENT = {
    "all": {},
    "has left": {"is_active": False},
}

# ── The lines ────────────────────────────────────────────────────────────────────────────────────────────────────────

EVERY_EVENT = """
what                   | by        | settings | citizen | appointment | agent | told
booked                 | citizen   | -        | both    | -           | all   | mail sms agent
booked                 | colleague | -        | both    | -           | all   | mail sms agent
booked                 | agent     | -        | both    | -           | all   | mail sms
moved                  | citizen   | -        | both    | -           | all   | mail sms agent
moved                  | colleague | -        | both    | -           | all   | mail sms agent
moved                  | agent     | -        | both    | -           | all   | mail sms
unscheduled            | colleague | -        | both    | -           | all   | mail sms agent
unscheduled            | agent     | -        | both    | -           | all   | mail sms
cancelled by citizen   | citizen   | -        | both    | -           | all   | mail sms agent
cancelled by citizen   | colleague | -        | both    | -           | all   | mail sms agent
cancelled by citizen   | agent     | -        | both    | -           | all   | mail sms
cancelled by agent     | colleague | -        | both    | -           | all   | mail sms agent
cancelled by agent     | agent     | -        | both    | -           | all   | mail sms
resumed                | citizen   | -        | both    | -           | all   | mail sms agent
resumed                | colleague | -        | both    | -           | all   | mail sms agent
resumed                | agent     | -        | both    | -           | all   | mail sms
no show                | colleague | -        | both    | -           | all   | mail sms
no show                | agent     | -        | both    | -           | all   | mail sms
no show, told before   | agent     | -        | both    | -           | all   | nobody
fulfilled              | agent     | -        | both    | -           | all   | nobody
outcome withdrawn      | agent     | -        | both    | -           | all   | nobody
arrived                | colleague | -        | both    | -           | all   | nobody
received               | colleague | -        | both    | -           | all   | nobody
finished               | colleague | -        | both    | -           | all   | nobody
note edited            | colleague | -        | both    | -           | all   | nobody
place edited           | colleague | -        | both    | -           | all   | mail sms
agent joins            | colleague | -        | both    | -           | all   | agent
agent joins            | agent     | -        | both    | -           | all   | nobody
person joins           | colleague | -        | both    | -           | all   | mail sms
person taken away      | colleague | -        | both    | -           | all   | mail sms
noted after the fact   | colleague | -        | both    | -           | all   | nobody
cancelled after start  | colleague | -        | both    | -           | all   | nobody
walk-in                | colleague | -        | both    | -           | all   | mail sms agent
reminder               | -         | -        | both    | -           | all   | mail sms
reminder, run twice    | -         | -        | both    | -           | all   | mail sms
reminder, too early    | -         | -        | both    | -           | all   | nobody
reminder, cancelled    | -         | -        | both    | -           | all   | nobody
waiting                | colleague | -        | both    | -           | all   | mail sms
seated                 | citizen   | -        | both    | -           | all   | mail sms
left queue             | citizen   | -        | both    | -           | all   | mail sms
moved while waiting    | colleague | -        | both    | -           | all   | mail sms agent
unscheduled, waiting   | colleague | -        | both    | -           | all   | mail sms agent
reminder while waiting | -         | -        | both    | -           | all   | nobody
code by mail           | citizen   | -        | both    | -           | all   | mail
code by sms            | citizen   | -        | both    | -           | all   | sms
"""

# Each event is turned off on each channel, and nothing else with it.
EVERY_SWITCH = """
what                   | by        | settings                | citizen | appointment | agent | told
booked                 | citizen   | O:mail=off              | both    | -           | all   | sms agent
booked                 | citizen   | O:sms=off               | both    | -           | all   | mail agent
booked                 | citizen   | O:mail=off O:sms=off    | both    | -           | all   | agent
resumed                | citizen   | O:booked.mail=off       | both    | -           | all   | sms agent
resumed                | citizen   | O:booked.sms=off        | both    | -           | all   | mail agent
person joins           | colleague | O:booked.sms=off        | both    | -           | all   | mail
place edited           | colleague | O:booked.mail=off       | both    | -           | all   | sms
walk-in                | agent     | O:booked.mail=off       | both    | -           | all   | sms
moved                  | citizen   | O:mail=off              | both    | -           | all   | sms agent
moved                  | citizen   | O:sms=off               | both    | -           | all   | mail agent
moved                  | citizen   | O:mail=off O:sms=off    | both    | -           | all   | agent
unscheduled            | colleague | O:mail=off              | both    | -           | all   | sms agent
unscheduled            | colleague | O:sms=off               | both    | -           | all   | mail agent
unscheduled            | colleague | O:mail=off O:sms=off    | both    | -           | all   | agent
cancelled by citizen   | citizen   | O:mail=off              | both    | -           | all   | sms agent
cancelled by citizen   | citizen   | O:sms=off               | both    | -           | all   | mail agent
cancelled by citizen   | citizen   | O:mail=off O:sms=off    | both    | -           | all   | agent
cancelled by agent     | agent     | O:mail=off              | both    | -           | all   | sms
cancelled by agent     | agent     | O:sms=off               | both    | -           | all   | mail
cancelled by agent     | agent     | O:mail=off O:sms=off    | both    | -           | all   | nobody
person taken away      | colleague | O:cancelled_by_agent.sms=off | both | -         | all   | mail
no show                | agent     | O:mail=off              | both    | -           | all   | sms
no show                | agent     | O:sms=off               | both    | -           | all   | mail
no show                | agent     | O:mail=off O:sms=off    | both    | -           | all   | nobody
reminder               | -         | O:mail=off              | both    | -           | all   | sms
reminder               | -         | O:sms=off               | both    | -           | all   | mail
reminder               | -         | O:mail=off O:sms=off    | both    | -           | all   | nobody
waiting                | colleague | O:mail=off              | both    | -           | all   | sms
waiting                | colleague | O:sms=off               | both    | -           | all   | mail
waiting                | colleague | O:mail=off O:sms=off    | both    | -           | all   | nobody
seated                 | citizen   | O:mail=off              | both    | -           | all   | sms
seated                 | citizen   | O:sms=off               | both    | -           | all   | mail
seated                 | citizen   | O:mail=off O:sms=off    | both    | -           | all   | nobody
left queue             | citizen   | O:mail=off              | both    | -           | all   | sms
left queue             | citizen   | O:sms=off               | both    | -           | all   | mail
left queue             | citizen   | O:mail=off O:sms=off    | both    | -           | all   | nobody
moved while waiting    | colleague | O:moved.sms=off         | both    | -           | all   | mail agent
booked                 | citizen   | O:moved.mail=off O:moved.sms=off | both | -     | all   | mail sms agent
booked                 | citizen   | O:reminder.sms=off      | both    | -           | all   | mail sms agent
reminder               | -         | O:booked.sms=off        | both    | -           | all   | mail sms
cancelled by agent     | agent     | O:cancelled_by_citizen.mail=off | both | -      | all   | mail sms
seated                 | citizen   | O:booked.mail=off O:waiting.sms=off | both | -  | all   | mail sms
"""

# The narrowest level that decides wins, for each channel apart.
LEVELS = """
what                   | by        | settings                        | citizen | appointment | agent | told
booked                 | citizen   | T:sms=off                       | both    | -           | all   | mail agent
booked                 | citizen   | T:mail=off                      | both    | -           | all   | sms agent
booked                 | citizen   | M:sms=off                       | both    | -           | all   | mail agent
booked                 | citizen   | M:mail=off                      | both    | -           | all   | sms agent
booked                 | citizen   | T:sms=off O:sms=on              | both    | -           | all   | mail sms agent
booked                 | citizen   | T:sms=off M:sms=on              | both    | -           | all   | mail sms agent
booked                 | citizen   | O:sms=off M:sms=on              | both    | -           | all   | mail sms agent
booked                 | citizen   | T:sms=on O:sms=off              | both    | -           | all   | mail agent
booked                 | citizen   | T:sms=on M:sms=off              | both    | -           | all   | mail agent
booked                 | citizen   | O:sms=on M:sms=off              | both    | -           | all   | mail agent
booked                 | citizen   | T:sms=off O:sms=on M:sms=off    | both    | -           | all   | mail agent
booked                 | citizen   | T:sms=on O:sms=off M:sms=on     | both    | -           | all   | mail sms agent
booked                 | citizen   | T:sms=off O:mail=off            | both    | -           | all   | agent
booked                 | citizen   | T:sms=off O:mail=off M:mail=on  | both    | -           | all   | mail agent
booked                 | citizen   | T:mail=off T:sms=off M:sms=on   | both    | -           | all   | sms agent
booked                 | citizen   | S:mail=off S:sms=off            | both    | -           | all   | mail sms agent
booked                 | citizen   | N:mail=off N:sms=off            | both    | -           | all   | mail sms agent
booked                 | citizen   | X:mail=off X:sms=off            | both    | -           | all   | mail sms agent
booked                 | citizen   | O:sms=off N:sms=on              | both    | -           | all   | mail agent
booked                 | citizen   | T:sms=off S:sms=on              | both    | -           | all   | mail agent
moved                  | agent     | T:sms=off M:sms=on              | both    | -           | all   | mail sms
moved                  | agent     | T:sms=off O:moved.mail=off      | both    | -           | all   | nobody
no show                | agent     | T:mail=off T:sms=off M:mail=on  | both    | -           | all   | mail
cancelled by agent     | agent     | T:mail=off O:mail=on M:mail=off | both    | -           | all   | sms
seated                 | citizen   | T:sms=off M:sms=on              | both    | -           | all   | mail sms
seated                 | citizen   | T:sms=on M:sms=off              | both    | -           | all   | mail
left queue             | citizen   | O:mail=off M:mail=on            | both    | -           | all   | mail sms
reminder               | -         | T:sms=off                       | both    | -           | all   | mail
reminder               | -         | T:mail=off T:sms=off            | both    | -           | all   | nobody
reminder               | -         | M:mail=off                      | both    | -           | all   | sms
reminder               | -         | M:mail=off M:sms=off            | both    | -           | all   | nobody
reminder               | -         | T:sms=off O:sms=on              | both    | -           | all   | mail sms
reminder               | -         | T:sms=off M:sms=on              | both    | -           | all   | mail sms
reminder               | -         | O:sms=off M:sms=on              | both    | -           | all   | mail sms
reminder               | -         | T:sms=on O:sms=off              | both    | -           | all   | mail
reminder               | -         | O:sms=on M:sms=off              | both    | -           | all   | mail
reminder               | -         | T:sms=on O:sms=off M:sms=on     | both    | -           | all   | mail sms
reminder               | -         | T:mail=off O:sms=off            | both    | -           | all   | nobody
reminder               | -         | S:mail=off S:sms=off            | both    | -           | all   | mail sms
reminder               | -         | N:mail=off N:sms=off            | both    | -           | all   | mail sms
reminder               | -         | X:mail=off X:sms=off            | both    | -           | all   | mail sms
reminder               | -         | T:lead=none                     | both    | -           | all   | nobody
reminder               | -         | T:lead=none M:lead=1h           | both    | -           | all   | mail sms
reminder               | -         | M:lead=none                     | both    | -           | all   | nobody
reminder               | -         | M:lead=1h M:sms=off             | both    | -           | all   | mail
"""

# What the citizen has and wants.
PREFERENCES = """
what                   | by        | settings | citizen       | appointment | agent | told
booked                 | colleague | -        | mail only     | -           | all   | mail agent
booked                 | colleague | -        | mobile only   | -           | all   | sms agent
booked                 | colleague | -        | landline      | -           | all   | mail agent
booked                 | colleague | -        | landline only | -           | all   | agent
booked                 | colleague | -        | belgian       | -           | all   | sms agent
booked                 | colleague | -        | no contact    | -           | all   | agent
booked                 | colleague | -        | wants no mail | -           | all   | sms agent
booked                 | colleague | -        | wants no sms  | -           | all   | mail agent
booked                 | colleague | -        | wants nothing | -           | all   | agent
moved                  | agent     | -        | wants no mail | -           | all   | sms
moved                  | agent     | -        | wants no sms  | -           | all   | mail
moved                  | agent     | -        | wants nothing | -           | all   | nobody
unscheduled            | agent     | -        | wants no mail | -           | all   | sms
unscheduled            | agent     | -        | wants nothing | -           | all   | nobody
cancelled by citizen   | citizen   | -        | wants no sms  | -           | all   | mail agent
cancelled by agent     | agent     | -        | landline      | -           | all   | mail
cancelled by agent     | agent     | -        | wants nothing | -           | all   | nobody
no show                | agent     | -        | mobile only   | -           | all   | sms
no show                | agent     | -        | wants no sms  | -           | all   | mail
no show                | agent     | -        | wants nothing | -           | all   | nobody
seated                 | citizen   | -        | mail only     | -           | all   | mail
seated                 | citizen   | -        | wants no mail | -           | all   | sms
seated                 | citizen   | -        | wants nothing | -           | all   | nobody
left queue             | citizen   | -        | wants no sms  | -           | all   | mail
reminder               | -         | -        | mail only     | -           | all   | mail
reminder               | -         | -        | mobile only   | -           | all   | sms
reminder               | -         | -        | landline      | -           | all   | mail
reminder               | -         | -        | landline only | -           | all   | nobody
reminder               | -         | -        | no contact    | -           | all   | nobody
reminder               | -         | -        | wants no mail | -           | all   | sms
reminder               | -         | -        | wants no sms  | -           | all   | mail
reminder               | -         | -        | wants nothing | -           | all   | nobody
walk-in                | agent     | -        | wants nothing | -           | all   | nobody
code by mail           | citizen   | -        | wants nothing | -           | all   | mail
code by sms            | citizen   | -        | wants nothing | -           | all   | sms
"""

# The messages of a relative go to the person responsible. What either does not want is not sent.
RELATIVES = """
what                   | by        | settings   | citizen            | appointment | agent | told
booked                 | agent     | -          | child              | -           | all   | parent-mail parent-sms
booked                 | agent     | -          | child with both    | -           | all   | parent-mail parent-sms
booked                 | agent     | -          | child no mail      | -           | all   | parent-sms
booked                 | agent     | -          | child no sms       | -           | all   | parent-mail
booked                 | agent     | -          | parent no mail     | -           | all   | parent-sms
booked                 | agent     | -          | parent no sms      | -           | all   | parent-mail
booked                 | agent     | -          | parent nothing     | -           | all   | nobody
booked                 | agent     | -          | parent mail only   | -           | all   | parent-mail
booked                 | agent     | -          | parent mobile only | -           | all   | parent-sms
booked                 | agent     | -          | parent landline    | -           | all   | parent-mail
booked                 | agent     | -          | parent no contact  | -           | all   | nobody
booked                 | agent     | -          | child no mail, parent no sms | - | all   | nobody
booked                 | agent     | O:sms=off  | child              | -           | all   | parent-mail
booked                 | agent     | -          | child              | no mail     | all   | parent-sms
moved                  | agent     | -          | child              | -           | all   | parent-mail parent-sms
no show                | agent     | -          | child              | -           | all   | parent-mail parent-sms
no show                | agent     | -          | parent no sms      | -           | all   | parent-mail
cancelled by agent     | agent     | -          | child no mail      | -           | all   | parent-sms
seated                 | citizen   | -          | child              | -           | all   | parent-mail parent-sms
seated                 | citizen   | M:mail=off | child with both    | -           | all   | parent-sms
left queue             | citizen   | -          | parent no mail     | -           | all   | parent-sms
reminder               | -         | -          | child              | -           | all   | parent-mail parent-sms
reminder               | -         | -          | child with both    | -           | all   | parent-mail parent-sms
reminder               | -         | -          | child no mail      | -           | all   | parent-sms
reminder               | -         | -          | child no sms       | -           | all   | parent-mail
reminder               | -         | -          | parent no mail     | -           | all   | parent-sms
reminder               | -         | -          | parent nothing     | -           | all   | nobody
reminder               | -         | -          | parent no contact  | -           | all   | nobody
reminder               | -         | -          | child no mail, parent no sms | - | all   | nobody
reminder               | -         | T:sms=off  | child              | -           | all   | parent-mail
"""

# What is chosen for one appointment, and that any no is a no: nothing on one side makes up for it on another.
ANY_NO = """
what                   | by        | settings              | citizen       | appointment | agent | told
booked                 | colleague | -                     | both          | no mail     | all   | sms agent
booked                 | colleague | -                     | both          | no sms      | all   | mail agent
booked                 | colleague | -                     | both          | nothing     | all   | agent
moved                  | agent     | -                     | both          | no mail     | all   | sms
moved                  | agent     | -                     | both          | nothing     | all   | nobody
cancelled by agent     | agent     | -                     | both          | no sms      | all   | mail
no show                | agent     | -                     | both          | no mail     | all   | sms
no show                | agent     | -                     | both          | nothing     | all   | nobody
reminder               | -         | -                     | both          | no mail     | all   | sms
reminder               | -         | -                     | both          | no sms      | all   | mail
reminder               | -         | -                     | both          | nothing     | all   | nobody
waiting                | colleague | -                     | both          | no sms      | all   | mail
seated                 | citizen   | -                     | both          | no mail     | all   | sms
seated                 | citizen   | -                     | both          | nothing     | all   | nobody
walk-in                | agent     | -                     | both          | nothing     | all   | nobody
booked                 | agent     | M:sms=on              | wants no sms  | -           | all   | mail
booked                 | agent     | T:mail=on O:mail=on   | wants no mail | -           | all   | sms
booked                 | agent     | M:sms=on              | both          | no sms      | all   | mail
booked                 | agent     | M:mail=on M:sms=on    | wants nothing | -           | all   | nobody
booked                 | agent     | M:mail=on M:sms=on    | both          | nothing     | all   | nobody
booked                 | agent     | O:sms=off             | wants no mail | -           | all   | nobody
booked                 | agent     | O:sms=off             | both          | no mail     | all   | nobody
booked                 | agent     | -                     | wants no sms  | no mail     | all   | nobody
booked                 | agent     | O:sms=off             | mobile only   | -           | all   | nobody
booked                 | agent     | O:mail=off            | landline      | -           | all   | nobody
reminder               | -         | M:sms=on              | wants no sms  | -           | all   | mail
reminder               | -         | M:sms=on              | both          | no sms      | all   | mail
reminder               | -         | O:sms=off             | wants no mail | -           | all   | nobody
reminder               | -         | O:mail=off            | both          | no sms      | all   | nobody
reminder               | -         | O:mail=off            | wants no mail | -           | all   | sms
reminder               | -         | -                     | wants no sms  | no mail     | all   | nobody
reminder               | -         | O:sms=off             | mobile only   | -           | all   | nobody
reminder               | -         | M:mail=off            | parent no sms | -           | all   | nobody
"""

# A code is never switched off: without it nobody could book. Nor may a switch for it be made, see test_switches.
CODES = """
what                   | by        | settings                                | citizen | appointment | agent | told
code by mail           | citizen   | T:booked.mail=off T:booked.sms=off      | both    | -           | all   | mail
code by sms            | citizen   | T:booked.mail=off T:booked.sms=off      | both    | -           | all   | sms
code by sms            | citizen   | O:reminder.sms=off O:moved.sms=off      | both    | nothing     | all   | sms
"""

# « Renvoyer » is one person's decision on one message: the settings do not hold it back, the citizen's no does.
RESENT = """
what                   | by        | settings              | citizen       | appointment | agent | told
mail resent            | colleague | -                     | both          | -           | all   | mail
sms resent             | colleague | -                     | both          | -           | all   | sms
mail resent            | colleague | O:booked.mail=off     | both          | -           | all   | mail
sms resent             | colleague | T:booked.sms=off      | both          | -           | all   | sms
sms resent             | colleague | M:booked.sms=off      | wants no sms  | -           | all   | nobody
mail resent            | colleague | -                     | wants no mail | -           | all   | nobody
sms resent             | colleague | -                     | wants no sms  | -           | all   | nobody
mail resent            | colleague | -                     | both          | no mail     | all   | nobody
sms resent             | colleague | M:booked.sms=on       | both          | no sms      | all   | nobody
sms resent             | colleague | -                     | landline      | -           | all   | nobody
sms resent             | colleague | -                     | child         | -           | all   | parent-sms
sms resent             | colleague | -                     | parent no sms | -           | all   | nobody
"""

# Agents are told what their own preferences say. What is settled for citizens is nothing to them.
AGENTS = """
what                   | by        | settings              | citizen       | appointment | agent    | told
booked                 | citizen   | T:mail=off T:sms=off  | both          | -           | all      | agent
booked                 | citizen   | M:mail=off            | wants nothing | -           | all      | agent
moved                  | citizen   | O:mail=off O:sms=off  | both          | nothing     | all      | agent
cancelled by citizen   | citizen   | M:mail=off M:sms=off  | both          | -           | all      | agent
unscheduled            | colleague | T:mail=off            | no contact    | -           | all      | agent
booked                 | citizen   | -                     | both          | -           | has left | mail sms
moved                  | colleague | -                     | both          | -           | has left | mail sms
cancelled by citizen   | citizen   | -                     | both          | -           | has left | mail sms
agent joins            | colleague | -                     | both          | -           | has left | nobody
"""

# The prescriber who booked, told at creation: lines with « prescriber » in the last column come here.

TABLES = [EVERY_EVENT, EVERY_SWITCH, LEVELS, PREFERENCES, RELATIVES, ANY_NO, CODES, RESENT, AGENTS]


@dataclass(frozen=True)
class Line:
    what: str
    by: str
    settings: str
    citizen: str
    appointment: str
    agent: str
    told: str


def lines():
    for table in TABLES:
        _, *rows = table.strip().splitlines()
        for row in rows:
            line = Line(*(cell.strip() for cell in row.split("|")))
            yield pytest.param(line, id=" | ".join(vars(line).values()))


def test_there_are_enough_lines_and_none_twice():
    found = [param.values[0] for param in lines()]
    assert len(found) == len(set(found)) >= 150


# ── What happens ─────────────────────────────────────────────────────────────────────────────────────────────────────

TEN_O_CLOCK = paris(MONDAY, 10)  # The appointment, and the workshop, began at nine.


@dataclass
class World:
    appointment: Appointment
    workshop: Appointment
    citizen: Citizen
    parent: Citizen
    agent: Agent
    colleague: Agent
    levels: dict[str, Level] = field(default_factory=dict)

    @property
    def participation(self):
        return self.appointment.participations.get()

    def place_in_queue(self):
        return self.workshop.participations.get(citizen=self.citizen)

    def actor(self, by):
        return {"citizen": CITIZEN, "colleague": Actor.of(self.colleague), "agent": Actor.of(self.agent)}[by]


@dataclass(frozen=True)
class Act:
    """`kind`: of the switch that counts, and of the messages to citizens."""

    kind: str
    do: Callable
    in_workshop: bool = False


def event(kind, *, status=Status.BOOKED, at=NOW, changes=(), of_one=False):
    def do(world, actor):
        appointment = world.appointment
        world.appointment.participations.update(status=status)
        record_event(
            appointment,
            kind,
            actor=actor,
            now=at,
            changes=changes(world) if callable(changes) else changes,
            participation=world.participation if of_one else None,
            previous_starts_at=paris(TUESDAY, 9) if kind == Event.MOVED else None,
        )

    return do


def no_show_again(world, actor):
    event(Event.NO_SHOW, status=Status.NO_SHOW, at=TEN_O_CLOCK)(world, actor)
    Message.objects.update(audience=Message.Audience.AGENT, recipient="told before")
    event(Event.NO_SHOW, status=Status.NO_SHOW, at=TEN_O_CLOCK)(world, actor)
    Message.objects.filter(recipient="told before").delete()


def taken_away(world, actor):
    """Of an appointment that goes on with somebody else, who is reached by nothing."""
    other = make_citizen(organization=world.appointment.organization, email="")
    Participation.objects.create(
        organization=world.appointment.organization, territory=other.territory, appointment=world.appointment,
        citizen=other, created_at=NOW,
    )  # fmt: skip
    remove_participant(participation=world.appointment.participations.get(citizen=world.citizen), actor=actor, now=NOW)


def walk_in(world, actor):
    Appointment.objects.filter(pk=world.appointment.pk).update(is_walk_in=True)
    event(Event.BOOKED, at=TEN_O_CLOCK)(world, actor)


def reminders(*minutes, status=Status.BOOKED):
    def do(world, actor):
        world.appointment.participations.update(status=status)
        for minute in minutes:
            queue_due_reminders(now=paris(MONDAY, 8, minute))

    return do


def workshop_event(kind, *, of_one=False):
    def do(world, actor):
        record_event(
            world.workshop,
            kind,
            actor=actor,
            now=NOW,
            participation=world.place_in_queue() if of_one else None,
            previous_starts_at=paris(TUESDAY, 9) if kind == Event.MOVED else None,
        )

    return do


def leaves_workshop(who):
    def do(world, actor):
        is_citizen = {"citizen": world.citizen} if who == "citizen" else {"seat": 1}
        leaving = world.workshop.participations.get(**is_citizen)
        set_participant_status(participation=leaving, status=Status.CANCELLED_BY_CITIZEN, actor=actor, now=NOW)

    return do


def code(**contact):
    def do(world, actor):
        send_code(
            territory=world.citizen.territory, visitor_key=uuid4(), client_hash="x", language="fr", now=NOW, **contact
        )

    return do


def resent(channel):
    def do(world, actor):
        original = Message.objects.get(channel=channel, resends=None)
        with suppress(ChannelDeclined):
            resend_message(message=original, agent=actor.agent, now=NOW)
        Message.objects.filter(resends=None).delete()

    return do


PLACE = [{"field": "location", "label": "Lieu", "before": "Ici", "after": "Là"}]
NOTE = [{"field": "context", "label": "Contexte", "before": "", "after": "Dossier complet"}]


def agent_added(world):
    return [{"field": "calendars", "label": "Agents", "before": "", "after": "", "added": [world.agent.calendar.pk]}]


ACTS = {
    "booked": Act(Kind.BOOKED, event(Event.BOOKED)),
    "moved": Act(Kind.MOVED, event(Event.MOVED)),
    "unscheduled": Act(Kind.UNSCHEDULED, event(Event.UNSCHEDULED, status=Status.UNSCHEDULED)),
    "cancelled by citizen": Act(
        Kind.CANCELLED_BY_CITIZEN, event(Event.CANCELLED_BY_CITIZEN, status=Status.CANCELLED_BY_CITIZEN)
    ),
    "cancelled by agent": Act(
        Kind.CANCELLED_BY_AGENT, event(Event.CANCELLED_BY_AGENT, status=Status.CANCELLED_BY_AGENT)
    ),
    "resumed": Act(Kind.BOOKED, event(Event.RESUMED)),
    "no show": Act(Kind.NO_SHOW, event(Event.NO_SHOW, status=Status.NO_SHOW, at=TEN_O_CLOCK)),
    "no show, told before": Act(Kind.NO_SHOW, no_show_again),
    "fulfilled": Act("", event(Event.FULFILLED, status=Status.FULFILLED, at=TEN_O_CLOCK)),
    "outcome withdrawn": Act("", event(Event.OUTCOME_WITHDRAWN, at=TEN_O_CLOCK)),
    "arrived": Act("", event(Event.ARRIVED)),
    "received": Act("", event(Event.RECEIVED)),
    "finished": Act("", event(Event.FINISHED)),
    "note edited": Act("", event(Event.EDITED, changes=NOTE)),
    "place edited": Act(Kind.BOOKED, event(Event.EDITED, changes=PLACE)),
    "agent joins": Act(Kind.BOOKED, event(Event.EDITED, changes=agent_added)),
    "person joins": Act(Kind.BOOKED, event(Event.PARTICIPANT_ADDED, of_one=True)),
    "person taken away": Act(Kind.CANCELLED_BY_AGENT, taken_away),
    "noted after the fact": Act(Kind.BOOKED, event(Event.BOOKED, at=TEN_O_CLOCK)),
    "cancelled after start": Act(
        Kind.CANCELLED_BY_AGENT,
        event(Event.CANCELLED_BY_AGENT, status=Status.CANCELLED_BY_AGENT, at=TEN_O_CLOCK),
    ),
    "walk-in": Act(Kind.BOOKED, walk_in),
    "reminder": Act(Kind.REMINDER, reminders(0)),
    "reminder, run twice": Act(Kind.REMINDER, reminders(0, 0, 1)),
    "reminder, too early": Act(Kind.REMINDER, lambda world, actor: queue_due_reminders(now=paris(MONDAY, 7, 59))),
    "reminder, cancelled": Act(Kind.REMINDER, reminders(0, status=Status.CANCELLED_BY_CITIZEN)),
    "waiting": Act(Kind.WAITING, workshop_event(Event.PARTICIPANT_WAITING, of_one=True), in_workshop=True),
    "seated": Act(Kind.SEATED, leaves_workshop("other"), in_workshop=True),
    "left queue": Act(Kind.LEFT_QUEUE, leaves_workshop("citizen"), in_workshop=True),
    "moved while waiting": Act(Kind.MOVED, workshop_event(Event.MOVED), in_workshop=True),
    "unscheduled, waiting": Act(Kind.UNSCHEDULED, workshop_event(Event.UNSCHEDULED), in_workshop=True),
    "reminder while waiting": Act(
        Kind.REMINDER, lambda world, actor: queue_due_reminders(now=paris(MONDAY, 9)), in_workshop=True
    ),
    "code by mail": Act(Kind.CODE, code(contact_email="camille@example.org")),
    "code by sms": Act(Kind.CODE, code(contact_phone="+33612345678")),
    "mail resent": Act(Kind.BOOKED, resent(MAIL)),
    "sms resent": Act(Kind.BOOKED, resent(SMS)),
}


# ── The world of every line ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def world(rows_of_the_module):
    territory = make_territory(reminder_lead_times=[timedelta(hours=1)])
    organization = make_organization(territory=territory)
    motif, agent = make_motif(organization=organization), make_agent(organization=organization)
    citizen = make_citizen(organization=organization, **CITIZENS["both"])
    parent = make_citizen(organization=organization, email="parent@example.org", phone="+33787654321")
    appointment = make_appointment(motif=motif, calendar=agent.calendar, citizen=citizen)
    leader = make_calendar(organization=organization)
    workshop = make_workshop(organization=organization, calendar=leader, seats=1, starts_at=paris(MONDAY, 10))
    make_participation(workshop=workshop, citizen=make_citizen(organization=organization, email=""))
    make_participation(workshop=workshop, citizen=citizen)
    world = World(appointment, workshop, citizen, parent, agent, make_agent(organization=organization))
    sister, stranger = make_organization(territory=territory), make_territory()
    world.levels = {
        "T": Level(territory),
        "O": Level(territory, organization),
        "M": Level(territory, organization, motif),
        "W": Level(territory, organization, workshop.motif),
        "S": Level(territory, sister),
        "N": Level(territory, organization, make_motif(organization=organization)),
        "X": Level(stranger),
    }
    return world


def arrange(world, line, act):
    """The settings, the citizen and the preferences of the line."""
    if "resent" in line.what:
        event(Event.BOOKED)(world, Actor.of(world.agent))
        sent_at = NOW - timedelta(hours=1)
        Message.objects.update(status=Message.Status.SENT, created_at=sent_at, due_at=sent_at, sent_at=sent_at)
    for setting in "" if line.settings == "-" else line.settings.split():
        level, _, rest = setting.partition(":")
        put(world.levels["W" if level == "M" and act.in_workshop else level], rest, act.kind)
    fields = dict(CITIZENS[line.citizen])
    parent = fields.pop("parent", {})
    if fields.get("responsible"):
        fields["responsible"] = world.parent
    Citizen.objects.filter(pk=world.parent.pk).update(**parent)
    Citizen.objects.filter(pk=world.citizen.pk).update(**fields)
    Participation.objects.filter(citizen=world.citizen).update(**FOR_THE_APPOINTMENT[line.appointment])
    Agent.objects.filter(pk__in=[world.agent.pk, *agents_of(world.workshop)]).update(**OF_THE_AGENT[line.agent])


def put(level, setting, kind):
    """« sms=off », « moved.sms=off », « lead=none »."""
    what, _, value = setting.partition("=")
    if what == "lead":
        lead_times = [] if value == "none" else [timedelta(hours=int(value.removesuffix("h")))]
        type(level.owner).objects.filter(pk=level.owner.pk).update(reminder_lead_times=lead_times)
        return
    other, _, channel = what.rpartition(".")
    cell = (other or kind, {"mail": MAIL, "sms": SMS}[channel])
    set_switches(level=level, wanted={cell: value == "on"}, seen={cell: None}, agent=None, now=NOW)


def agents_of(appointment):
    return appointment.calendars.values_list("agent", flat=True)


def told_of(message, world):
    if message.audience == Message.Audience.AGENT:
        return "agent"
    if message.audience == Message.Audience.PRESCRIBER:
        return "prescriber"
    citizen, parent = Citizen.objects.get(pk=world.citizen.pk), Citizen.objects.get(pk=world.parent.pk)
    known = {
        (MAIL, parent.email): "parent-mail",
        (SMS, str(parent.phone)): "parent-sms",
        (MAIL, citizen.email): "mail",
        (SMS, str(citizen.phone)): "sms",
    }
    return known[message.channel, message.recipient]


@pytest.mark.parametrize("line", list(lines()))
def test_exactly_these_messages(line, world):
    act = ACTS[line.what]
    Message.objects.all().delete()
    arrange(world, line, act)

    act.do(world, world.actor(line.by) if line.by != "-" else None)

    messages = list(Message.objects.order_by("pk"))
    assert sorted(told_of(message, world) for message in messages) == sorted(line.told.replace("nobody", "").split())
    of_citizens = [message for message in messages if message.audience == Message.Audience.CITIZEN]
    assert {message.kind for message in of_citizens} <= {act.kind}
    assert {message.status for message in messages} <= {Message.Status.QUEUED}
    assert all(message.due_at == message.created_at for message in messages)  # It is day.
    assert not any("{" in message.subject + message.body for message in messages)
