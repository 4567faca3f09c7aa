"""Payloads that no declaration fits: shown as error rows with what they call themselves, never dropped (X24)."""

from __future__ import annotations

from crm_tui.systems.declare import Column, Kind, Payload, Role, System, Table

_TYPE = "|".join(
    (
        "type",
        "event_type",
        "eventType",
        "subscriptionType",
        "event.object_type",
        "event.type",
        "event",
        "topic",
        "MessageName",
        "operation",
        "action",
        "object",
        "error.code",
        "errorCode",
        "error",
        "status",
    )
)

PAYLOADS = Table(
    name="unknown-payload",
    system="unknown",
    kind=Kind.UNKNOWN,
    noun="Unknown payload",
    columns=(
        Column("event_type", Role.ACTIVITY_TYPE, "calls itself", optional=True, path=_TYPE),
        Column("event_id", Role.EVENT_ID, "id", optional=True, path="eventId|event_id|event.id|webhookId|id"),
    ),
    payload=Payload(when={}),
)
"""No condition is declared: it is what is left (``systems/router.py``)."""

SYSTEM = System(name="unknown", label="Unknown", letter="?", tables=(PAYLOADS,))
