"""What each rule says in a few words, beside its code: for lists of rules, where no single row is looked at."""

from __future__ import annotations

from collections.abc import Mapping

RULE_WORDS: Mapping[str, str] = {
    "accepted": "every key agrees",
    "no_write": "nothing to write",
    "lifecycle": "tells nothing of a contact",
    "reference_only": "kept for reference",
    "unknown_event": "no known kind of event",
    "unknown_scope": "of another account or location",
    "refused_option": "asks to skip checks",
    "deletion": "deleted in its system",
    "missing_there": "not in the other export",
    "fields_differ": "both systems hold different values",
    "cleared_field": "blank here, a value there",
    "unreadable": "line cannot be read",
    "missing_identity": "no key to find the contact by",
    "missing_required_field": "a required cell is blank",
    "bad_value": "a cell that cannot be understood",
    "duplicate_event": "repeats an earlier line",
    "event_id_reused": "event id stands on different rows",
    "keys_disagree": "keys lead to different contacts",
    "id_disagrees": "id is not the contact's",
    "no_map": "no contact map is loaded",
    "unmapped": "no key is in the contact map",
    "map_doubtful": "the contact map is in doubt",
    "email_unknown": "e-mail is not this contact's",
    "look_alike": "an e-mail looks like another one",
    "values_untold": "changed values are not told",
    "contradiction": "the row contradicts itself",
    "disconnected": "the destination is disconnected",
    "claim": "the file asks for something else",
    "protected_field": "the field is protected",
    "identity_change": "changes who the contact is",
    "unknown_field": "field is in no field map",
    "stale_event": "older than the contact map",
}


def rule_named(code: str) -> str:
    """``older than the contact map (stale_event)``."""
    words = RULE_WORDS.get(code, "")
    return f"{words} ({code})" if words else code
