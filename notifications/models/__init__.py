from .codes import OneTimeCode
from .messages import Message
from .texts import MessageText

__all__ = ["Message", "MessageText", "OneTimeCode"]
