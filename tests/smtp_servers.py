"""A real SMTP server on loopback that keeps what it is handed, and fails where a test wants it to."""

import asyncio
import socket
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

STAGES = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "taken")


class Mailbox:
    """`messages`, as EmailMessage, with the envelope in X-MailFrom and X-RcptTo; how often somebody has connected.

    `troubles` maps a stage to what happens there, one after the other: an answer (« 451 … »), « hang » or « cut ».
    DATA is before the mail comes, « taken » after it was kept. What is not named goes well.
    """

    def __init__(self, url):
        self.url = url
        self.messages = []
        self.connections = 0
        self.troubles = {}

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the name is aiosmtpd's.
        answer = next(iter(self.troubles.get("taken", [])), "")
        if answer.startswith(("4", "5")):
            return self.troubles["taken"].pop(0)
        message = message_from_bytes(envelope.content, policy=policy.default)
        message["X-MailFrom"] = envelope.mail_from
        message["X-RcptTo"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        await server.meet_trouble("taken")
        return "250 OK"


class TroubledSMTP(SMTP):
    async def _handle_client(self):
        if not await self.meet_trouble("connect"):
            await super()._handle_client()

    async def smtp_EHLO(self, argument):  # noqa: N802
        if not await self.meet_trouble("EHLO"):
            await super().smtp_EHLO(argument)

    async def smtp_MAIL(self, argument):  # noqa: N802
        if not await self.meet_trouble("MAIL"):
            await super().smtp_MAIL(argument)

    async def smtp_RCPT(self, argument):  # noqa: N802
        if not await self.meet_trouble("RCPT"):
            await super().smtp_RCPT(argument)

    async def smtp_DATA(self, argument):  # noqa: N802
        if not await self.meet_trouble("DATA"):
            await super().smtp_DATA(argument)

    async def meet_trouble(self, stage):
        """Whether the command has been answered."""
        troubles = self.event_handler.troubles.get(stage)
        if not troubles:
            return False
        trouble = troubles.pop(0)
        if trouble == "hang":
            while await self._reader.read(1):  # Until the other side has had enough.
                pass
            self.transport.close()
        elif trouble == "cut":
            self.transport.abort()
        else:
            await self.push(trouble)
            if trouble.startswith("421"):
                self.transport.close()
        return True


class CountingController(Controller):
    def factory(self):
        self.handler.connections += 1
        self.lines = [*getattr(self, "lines", []), TroubledSMTP(self.handler, **self.SMTP_kwargs)]
        return self.lines[-1]

    def stop(self, **options):
        asyncio.run_coroutine_threadsafe(self._end_lines(), self.loop).result()
        super().stop(**options)

    async def _end_lines(self):
        """What stayed open would be left to the collector of garbage, which complains in some other test."""
        for line in self.lines:
            if line.transport is not None:
                line.transport.abort()
        for _ in range(3):  # A transport says goodbye in the next round of the loop, its task in the one after.
            await asyncio.sleep(0)


@contextmanager
def running_smtp():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mailbox = Mailbox(f"smtp://127.0.0.1:{port}")
    controller = CountingController(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    mailbox.connections = 0  # Starting, it has called itself.
    mailbox.port = port
    yield mailbox
    controller.stop()
