"""Redacted copies of mail and of SOAP messages: written anew from what is read of them, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from xml.sax.saxutils import escape, quoteattr

from crm_tui.classify.event import Event
from crm_tui.intake.formats import named, records
from crm_tui.intake.mbox import HEADERS
from crm_tui.intake.soap import payload_of
from crm_tui.intake.source import Record, Source
from crm_tui.privacy.payloads import RedactedPayload
from crm_tui.privacy.pseudonym import Pseudonyms
from crm_tui.systems.paths import Value, text_of

_POLICY = compat32.clone(max_line_length=0)
_NO_MAIL = b"From redacted@xxx Thu Jan 01 00:00:00 +0000 1970\n\nredacted\n\n"
_NO_NOTIFICATION = "<Notification><redacted></Notification>"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ENVELOPE = (
    f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="{_XSI}"><soapenv:Body>'
    '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">\n',
    "\n</notifications></soapenv:Body></soapenv:Envelope>\n",
)


def mail_copy(source: Source, pseudonyms: Pseudonyms) -> Iterator[tuple[bytes, bool]]:
    """Each message of an mbox, and whether it could be read."""
    cells_of = named(source)
    for record in records(source):
        if record.cells is None:
            yield _NO_MAIL, False
        else:
            yield _mail(Event(source.table, cells_of(record.cells), ()), pseudonyms), True


def _mail(event: Event, pseudonyms: Pseudonyms) -> bytes:
    table, cells = event.table, event.cells
    new = {name: pseudonyms.captured(event, table.by_name.get(name), text) for name, text in cells.items()}
    # The name of the message in its file: digits and letters, with no blank and nothing of a person.
    own = pseudonyms.book.letters("mail", cells["record"], 16)
    message = MIMEMultipart()
    for column, header in HEADERS.items():
        # Gmail's name of the message stands for one that has none of its own.
        if column in new and not (column == "message_id" and cells["message_id"] == cells["record"]):
            message[header] = new[column]
    message.attach(MIMEText(new.get("body", ""), "plain", "utf-8"))
    for name in filter(None, new.get("attachments", "").split("; ")):
        part = MIMEApplication(b"")
        part.add_header("Content-Disposition", "attachment", filename=name)
        message.attach(part)
    return f"From {own}@xxx {cells['received']}\n".encode() + message.as_bytes(policy=_POLICY) + b"\n"


def soap_copy(sources: Iterable[Source], pseudonyms: Pseudonyms) -> tuple[bytes, list[bool]]:
    """One message with the notifications of another, and which of them could be read.

    Of what stands around them, a session's key among it, nothing is taken over.
    """
    found = sorted((record for source in sources for record in records(source)), key=lambda one: one.offset)
    parts = [_notification(record, pseudonyms) if record.cells is not None else _NO_NOTIFICATION for record in found]
    text = "\n".join(parts).join(_ENVELOPE)
    return text.encode("utf-8", "replace"), [record.cells is not None for record in found]


def _notification(record: Record, pseudonyms: Pseudonyms) -> str:
    payload = RedactedPayload(payload_of(record), pseudonyms).value
    assert isinstance(payload, dict)
    notification, thing = payload["Notification"], payload["sObject"]
    return f"<Notification>{_inside(notification)}{_element('sObject', thing)}</Notification>"


def _element(name: str, value: Value) -> str:
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    kind = value.get("type") if isinstance(value, dict) else None
    typed = f" xsi:type={quoteattr(f'sf:{text_of(kind)}')}" if kind else ""
    return f"<{name}{typed}>{_inside(value)}</{name}>"


def _inside(value: Value) -> str:
    if not isinstance(value, Mapping):
        return escape(text_of(value))
    return "".join(_element(name, item) for name, item in value.items() if name != "type")
