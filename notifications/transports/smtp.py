"""One connection to the SMTP server for many mails, and how far a mail got on it.

Django's backend connects for each mail and hides at what point an error came. Here a connection is kept when a mail
has left, for the next one; each thread has its own while it sends, so that none waits for another. What ended before
the last dot of the mail was sent is surely not taken (RFC 5321, 4.1.1.4) and may be tried again; what ended after it
is a doubt.
"""

import atexit
import os
import re
import smtplib
import socket
import time
from collections import deque

from django.core.mail.backends.smtp import EmailBackend

# Servers wait for five minutes (RFC 5321, 4.5.3.2.7), some of them less.
KEPT_FOR = 60  # Seconds.
# A server may look at a mail for long before it takes it, up to ten minutes (RFC 5321, 4.5.3.2.6): to give up early
# makes a doubt that was none. Late, and whoever claimed the message would be taken for dead.
WAITS_FOR_THE_LAST_WORD = 40  # Seconds.
# Some servers end a connection after so many mails, and slow it down before.
MOST_MAILS = 100

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class MaybeTaken(Exception):
    """The line ended after the last dot: the server may have the mail, or not."""


class Refused(Exception):
    """The server answered no. `step` is where: open, sender, recipient or data."""

    def __init__(self, step, code, answer):
        self.step, self.code = step, code
        self.answer = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
        super().__init__(f"{step}: {code} {self.answer}")

    @property
    def is_last_word(self):
        """5xx is the server's last word, 4xx asks to come back (RFC 5321, 4.2.1).

        About this mail, that is: who cannot connect, sign in or use its sender has a word to say to every mail, which
        an operator can put right.
        """
        is_of_this_mail = self.step in {"recipient", "data"} or (self.step, self.code) == ("sender", 552)
        return is_of_this_mail and 500 <= self.code < 600


class Unreachable(Exception):
    """No server, none that speaks, or a line that ended before the mail was handed over."""


def hand_over(*, sender: str, recipient: str, mail: bytes) -> None:
    """Give one mail to the SMTP server of the settings. Raises Refused, Unreachable, MaybeTaken.

    A kept connection that turns out to be dead is no failure: the mail goes over a fresh one, once, if the server
    cannot have it.
    """
    kept = _take_kept()
    if kept is not None:
        try:
            return kept.hand_over(sender, recipient, mail)
        except Unreachable:
            pass
        except Refused as error:
            if error.code != 421:  # « Closing »: it has had enough of this connection.
                raise
    return _Line.opened().hand_over(sender, recipient, mail)


def hang_up() -> None:
    """Close what is kept."""
    while _kept:
        _kept.pop().drop()


class _TellingSmtp(smtplib.SMTP):
    """Knows whether the server may have the whole mail."""

    may_be_taken = False

    def data(self, msg):
        """As smtplib's, which sends the mail and its last dot in one piece."""
        self.may_be_taken = False
        self.putcmd("data")
        code, answer = self.getreply()
        if code != 354:
            self._rset()
            raise smtplib.SMTPDataError(code, answer)
        text = _LEADING_DOT.sub(b"..", msg)
        self.send(text if text.endswith(b"\r\n") else text + b"\r\n")
        self.may_be_taken = True
        self.send(b".\r\n")
        usual = self.sock.gettimeout()
        self.sock.settimeout(max(usual or 0, WAITS_FOR_THE_LAST_WORD))
        code, answer = self.getreply()
        self.sock.settimeout(usual)
        # Anything else is no answer to trust.
        self.may_be_taken = not 400 <= code < 600
        return code, answer


class _TellingSmtpOverTls(_TellingSmtp, smtplib.SMTP_SSL):
    pass


class _Line(EmailBackend):
    """Django's connection, with TLS, sign-in and time limit as configured."""

    @classmethod
    def opened(cls):
        line = cls()
        try:
            line.open()
            line.connection.ehlo_or_helo_if_needed()
            # The dot goes by itself: it would wait for the server to acknowledge the text, 40 ms each time.
            line.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except smtplib.SMTPResponseException as error:
            line.drop()
            raise Refused("open", error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            line.drop()
            raise Unreachable(str(error)) from error
        line.mails = 0
        return line

    @property
    def connection_class(self):
        return _TellingSmtpOverTls if self.use_ssl else _TellingSmtp

    @property
    def server(self):
        """What makes two lines interchangeable."""
        return self.host, self.port, self.username, self.password, self.use_tls, self.use_ssl, self.timeout

    def hand_over(self, sender, recipient, mail):
        try:
            self.connection.sendmail(sender, [recipient], mail)
        except smtplib.SMTPRecipientsRefused as error:
            self._keep_or_drop()
            raise Refused("recipient", *next(iter(error.recipients.values()))) from error
        except smtplib.SMTPSenderRefused as error:
            self._keep_or_drop()
            raise Refused("sender", error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._ended(error) from error
        self._keep_or_drop()

    def _ended(self, error):
        is_doubtful = self.connection.may_be_taken
        has_answered = isinstance(error, smtplib.SMTPDataError) and not is_doubtful
        if not has_answered:
            self.drop()
            return MaybeTaken(str(error)) if is_doubtful else Unreachable(str(error))
        self._keep_or_drop()
        return Refused("data", error.smtp_code, error.smtp_error)

    def _keep_or_drop(self):
        """Keep the connection, unless smtplib closed it (421) or it has carried enough."""
        self.mails += 1
        if self.connection.sock is None or self.mails >= MOST_MAILS:
            self.drop()
            return
        self.connection.may_be_taken = False
        self.last_used = time.monotonic()
        _kept.append(self)

    @property
    def is_stale(self):
        return time.monotonic() - self.last_used > KEPT_FOR

    def drop(self):
        """Without a goodbye, which could take as long as the mail."""
        for connection in (self.connection, self._partial_connection):
            if connection is not None:
                connection.close()
        self.connection = self._partial_connection = None


# Those that nobody uses at the moment; the one used last is at the end.
_kept: deque[_Line] = deque()


def _take_kept():
    wanted = _Line().server
    while _kept:
        try:
            line = _kept.pop()
        except IndexError:  # Another thread was faster.
            return None
        if line.server == wanted and not line.is_stale:
            return line
        line.drop()
    return None


atexit.register(hang_up)
# A child closes its copies; the lines stay the parent's, whose mails would else mix with the child's.
os.register_at_fork(after_in_child=hang_up)
