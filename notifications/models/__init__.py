from .codes import OneTimeCode
from .messages import Message
from .summaries import MorningSummary
from .texts import MessageText

__all__ = ["Message", "MessageText", "MorningSummary", "OneTimeCode"]
