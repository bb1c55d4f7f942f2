from .codes import OneTimeCode
from .messages import Message

__all__ = ["Message", "OneTimeCode"]
