from .codes import OneTimeCode
from .messages import Message
from .paces import Pace
from .summaries import MorningSummary
from .switches import SWITCHABLE, MessageSwitch
from .texts import MessageText

__all__ = ["SWITCHABLE", "Message", "MessageSwitch", "MessageText", "MorningSummary", "OneTimeCode", "Pace"]
