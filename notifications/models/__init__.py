from .codes import OneTimeCode
from .messages import Message
from .paces import Pace
from .switches import SWITCHABLE, MessageSwitch
from .texts import MessageText

__all__ = ["SWITCHABLE", "Message", "MessageSwitch", "MessageText", "OneTimeCode", "Pace"]
