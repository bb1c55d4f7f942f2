from .codes import OneTimeCode
from .messages import Message
from .paces import Pace
from .texts import MessageText

__all__ = ["Message", "MessageText", "OneTimeCode", "Pace"]
