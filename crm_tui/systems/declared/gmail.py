"""Gmail: a channel of the activity feed, messages as its API gives them, and the mail of a Takeout (formats.md 5).

Neither labels nor folders tell whose side a message is on: mail of a colleague lies in the inbox too.  So the direction
comes from our own addresses (``classify/parties.py``).
"""

from __future__ import annotations

from dataclasses import replace

from crm_tui.systems.columns import direction, email, value
from crm_tui.systems.declare import Column, Kind, Party, Payload, Role, System, Table

_ID = "gmail"


def _header(name: str) -> str:
    return f"payload.headers[name={name}].value"


def _end(name: str, header: str, party: Party) -> Column:
    column = email(name, path=_header(header), field="", transform="addresses", separator=";")
    return replace(column, label=name, party=party)


def _automated(name: str, header: str, transform: str = "") -> Column:
    return Column(name, Role.AUTOMATED, header, optional=True, path=_header(header), transform=transform)


_PLAIN = "parts[mimeType=text/plain].body.data"

MESSAGES = Table(
    name="gmail-messages",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="Gmail message",
    columns=(
        Column("message_id", Role.EVENT_ID, "message id", required=True, path=f"{_header('Message-ID')}||id"),
        _end("from", "From", Party.SENDER),
        _end("to", "To", Party.RECIPIENT),
        _end("cc", "Cc", Party.RECIPIENT),
        _end("bcc", "Bcc", Party.RECIPIENT),
        direction("direction"),
        Column("activity_type", Role.ACTIVITY_TYPE, "type", optional=True, default="email"),
        value("subject", "subject", path=_header("Subject"), role=Role.TEXT, transform="mail_words"),
        value("internal_date", "starts_at", path="internalDate", role=Role.TIME, transform="epoch_milliseconds"),
        value(
            "body",
            "body",
            path=f"payload.{_PLAIN}||payload.parts[0].{_PLAIN}||payload.body.data",
            transform="base64_text",
        ),
        value("thread_id", "thread_id", path="threadId"),
        _automated("auto_submitted", "Auto-Submitted", "auto_submitted"),
        _automated("list_unsubscribe", "List-Unsubscribe"),
        Column("snippet", Role.VALUE, "beginning", optional=True, path="snippet"),
        Column("labels", Role.VALUE, "labels", optional=True, path="labelIds[]"),
        Column("record", Role.VALUE, "Gmail's id", optional=True, path="id"),
    ),
    payload=Payload({"payload.headers": (), "threadId|labelIds|internalDate": ()}),
)


def _of_mail(column: Column) -> Column:
    """A column of a mail in an mbox, which is told by its name there and not by a path."""
    return replace(column, path="")


_API = MESSAGES.by_name

MBOX = Table(
    name="gmail-mbox",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="Gmail message",
    columns=(
        *(_of_mail(_API[name]) for name in ("message_id", "from", "to", "cc", "bcc", "direction", "activity_type")),
        _of_mail(_API["subject"]),
        # Of two columns of a field the later one is staged, where it says anything.
        value("received", "starts_at", role=Role.TIME, transform="mail_date"),
        value("date", "starts_at", role=Role.TIME, transform="mail_date", label="date"),
        value("body", "body"),
        *(_of_mail(_API[name]) for name in ("thread_id", "auto_submitted", "list_unsubscribe")),
        Column("delivered_to", Role.VALUE, "Delivered-To", optional=True),
        Column("labels", Role.VALUE, "labels", optional=True, transform="mail_words"),
        Column("attachments", Role.VALUE, "attachments", optional=True),
        Column("record", Role.VALUE, "Gmail's id", optional=True),
    ),
    payload=Payload({}),
)
"""Mail of a Takeout (``intake/mbox.py``): no header of a table and no member of a payload tells it, so no condition."""

SYSTEM = System(
    name=_ID,
    label="Gmail",
    letter="M",
    delivery=frozenset(("labels", "record", "received", "thread_id", "+historyId", "+sizeEstimate")),
    tables=(MESSAGES, MBOX),
    channels={"gmail": "Gmail", "email": "Gmail"},
)
