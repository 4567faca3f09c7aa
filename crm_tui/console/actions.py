"""The one registry of keys: bindings, footer, help, palette and the printed key card are made from it.

Adding a key is one entry here and one ``action_…`` method on the review screen.  Imports no terminal library, so
that the command line can print the card.
"""

from __future__ import annotations

from collections.abc import Iterable

from crm_tui.console.action import DIGITS, Action, Context, Group

FOOTER_KEYS = 8
"""At most so many keys stand in the footer, before the one for help."""

_ROWS = (Context.LEDGER, Context.CONFLICT, Context.ERROR)
_LISTED = (*_ROWS, Context.DUPLICATE)
_DECIDABLE = (Context.LEDGER, Context.CONFLICT, Context.DUPLICATE)
_FIELDED = (*_DECIDABLE, Context.FIELDS)
_ON_ROWS = (*_LISTED, Context.FIELDS)
_CHOOSABLE = (Context.CONFLICT, Context.DUPLICATE, Context.FIELDS)
_EVERYWHERE = tuple(Context)

ACTIONS: tuple[Action, ...] = (
    Action("down", ("j", "down"), "next row", "Go to the next row, or field.", Group.MOVE),
    Action("up", ("k", "up"), "previous row", "Go to the previous row, or field.", Group.MOVE),
    Action("page_down", ("pagedown",), "page on", "Go one page on.", Group.MOVE),
    Action("page_up", ("pageup",), "page back", "Go one page back.", Group.MOVE),
    Action("first", ("g", "home"), "first row", "Go to the first row.", Group.MOVE),
    Action("last", ("G", "end"), "last row", "Go to the last row.", Group.MOVE),
    Action("next_open", ("}",), "next undecided", "Go to the next row that is not decided.", Group.MOVE, _LISTED),
    Action(
        "previous_open", ("{",), "previous undecided", "Go to the row before that is not decided.", Group.MOVE, _LISTED
    ),
    Action("next_like", (")",), "next alike", "Go to the next undecided row of the same rule.", Group.MOVE, _LISTED),
    Action("previous_like", ("(",), "previous alike", "Go to the one before of the same rule.", Group.MOVE, _LISTED),
    Action(
        "filter",
        ("f",),
        "filter",
        "List only rows of a rule, source, system, state, contact, field or reviewer; groups by probability too.",
        Group.FIND,
        _LISTED,
    ),
    Action(
        "sort",
        ("o",),
        "sort",
        "Sort by file order, rule, contact, time, id, priority; groups by probability.",
        Group.FIND,
        _LISTED,
    ),
    Action(
        "search", ("/",), "search", "Find rows by any cell, id, e-mail or phone, however written.", Group.FIND, _LISTED
    ),
    Action(
        "go_to",
        (":",),
        "go to",
        "Go to a row by its address: event id, row id, journal number (#12) or file:line.",
        Group.FIND,
    ),
    Action("next_match", ("n",), "next match", "Go to the next row found.", Group.FIND, _LISTED),
    Action("previous_match", ("N",), "previous match", "Go to the row found before.", Group.FIND, _LISTED),
    Action(
        "back",
        ("escape",),
        "back",
        "Step back: out of the fields, the search, the range, the marks, the filter.",
        Group.FIND,
        _ON_ROWS,
        (Context.FIELDS,),
        weight=9,
    ),
    Action("scroll_on", ("right",), "evidence on", "Scroll the evidence on: to the next side, else down.", Group.MOVE),
    Action("scroll_back", ("left",), "evidence back", "Scroll the evidence back.", Group.MOVE),
    Action(
        "next_tab",
        ("]",),
        "next tab",
        "Go to the next tab.",
        Group.MOVE,
        footer=(Context.ERROR, Context.SLICE),
        weight=3,
    ),
    Action(
        "previous_tab", ("[",), "previous tab", "Go to the tab before.", Group.MOVE, footer=(Context.SLICE,), weight=3
    ),
    Action(
        "choose",
        DIGITS,
        "choose",
        "Choose the side or option of that number, for the row or the field. Saved at once, open until approved.",
        Group.DECIDE,
        _CHOOSABLE,
        _CHOOSABLE,
        weight=9,
        decides=True,
    ),
    Action(
        "choose_left",
        ("h",),
        "choose left",
        "Choose the side to the left, for the row or the field.",
        Group.DECIDE,
        _CHOOSABLE,
        decides=True,
    ),
    Action(
        "choose_right",
        ("l",),
        "choose right",
        "Choose the side to the right, for the row or the field.",
        Group.DECIDE,
        _CHOOSABLE,
        decides=True,
    ),
    Action(
        "clear",
        ("backspace",),
        "clear choice",
        "Take the choice back, of the row or the field, without deciding otherwise.",
        Group.DECIDE,
        _FIELDED,
        (Context.FIELDS,),
        short="clear",
        decides=True,
    ),
    Action(
        "recall",
        ("equals_sign",),
        "as before",
        "Choose what was decided before on the same disagreement: same rule, same keys, same differing values.",
        Group.DECIDE,
        (Context.CONFLICT,),
        decides=True,
    ),
    Action(
        "forget",
        (),
        "forget earlier decisions",
        "Offer what was decided before on this disagreement no more; the decisions themselves stay.",
        Group.DECIDE,
        (Context.CONFLICT,),
        decides=True,
    ),
    Action(
        "repair",
        (),
        "repair a cell",
        "Type over a cell of the row, which is judged again with it; the file stays as it is.",
        Group.DECIDE,
        _ROWS,
        decides=True,
    ),
    Action(
        "fields",
        ("enter",),
        "fields",
        "Go into the fields of the row, to choose them one by one; Esc comes back.",
        Group.DECIDE,
        _DECIDABLE,
        weight=5,
    ),
    Action(
        "keep_both",
        ("b",),
        "both",
        "Keep what both sides have: of a list the union, of consent the stricter.",
        Group.DECIDE,
        _FIELDED,
        (Context.FIELDS,),
        weight=6,
        decides=True,
    ),
    Action(
        "edit",
        ("e",),
        "edit",
        "Write a value of your own into the field, marked as neither source's; on an error row over a cell (repair).",
        Group.DECIDE,
        _ON_ROWS,
        (Context.FIELDS, Context.ERROR),
        weight=8,
        decides=True,
    ),
    Action(
        "approve",
        ("a",),
        "approve",
        "Approve the choice, else the suggestion, and go on to the next undecided row.",
        Group.DECIDE,
        _FIELDED,
        _FIELDED,
        weight=9,
        decides=True,
    ),
    Action(
        "map_contact",
        ("m",),
        "other contact",
        "Choose another contact of the map for this row.",
        Group.DECIDE,
        (Context.CONFLICT,),
        (Context.CONFLICT,),
        short="map",
        weight=6,
        decides=True,
    ),
    Action(
        "reject",
        ("x",),
        "reject",
        "Reject the row with a reason; nothing is staged for it. Of duplicates: they are not the same, for good.",
        Group.DECIDE,
        _ON_ROWS,
        _LISTED,
        weight=8,
        decides=True,
    ),
    Action(
        "defer",
        ("s",),
        "defer",
        "Leave the row for later; it stays open.",
        Group.DECIDE,
        _ON_ROWS,
        _LISTED,
        weight=7,
        decides=True,
    ),
    Action(
        "ask",
        ("t",),
        "ask client",
        "Leave the row until the client has answered your question; there, keep the answer and open the row again.",
        Group.DECIDE,
        _ON_ROWS,
        _LISTED,
        short="ask",
        weight=6,
        decides=True,
    ),
    Action(
        "note",
        ("c",),
        "note",
        "Keep a note with the row; it decides nothing.",
        Group.DECIDE,
        _ON_ROWS,
        _LISTED,
        weight=4,
        decides=True,
    ),
    Action(
        "undo",
        ("u",),
        "undo",
        "Take back what you did last, on whichever row, one decision or a set; the line above the keys names it.",
        Group.DECIDE,
        _EVERYWHERE,
        _ON_ROWS,
        weight=7,
        decides=True,
    ),
    Action(
        "history",
        ("H",),
        "history",
        "See every entry of this row; undo any one decision alone, whenever it was made.",
        Group.DECIDE,
        _ON_ROWS,
    ),
    Action(
        "explain",
        ("i",),
        "explain",
        "See the keys of the row, or the field, from the code points written to what they were compared with.",
        Group.DECIDE,
        _ON_ROWS,
    ),
    Action(
        "redo",
        ("U",),
        "redo",
        "Do again what you undid last, one or a set, as long as nothing else was decided since.",
        Group.DECIDE,
        _EVERYWHERE,
        decides=True,
    ),
    Action(
        "related",
        ("R",),
        "around",
        "See the other rows of the contact, of a group those of each record, and who decided what; Enter goes to one.",
        Group.DECIDE,
        _ON_ROWS,
    ),
    Action("mark", ("space",), "mark", "Mark the row, or take its mark off, and go on.", Group.SET, _LISTED),
    Action("range", ("v",), "range", "Start a range of marks at this row; again: mark it.", Group.SET, _LISTED),
    Action(
        "mark_alike",
        ("*",),
        "mark all alike",
        "Mark all undecided rows listed that have this row's rule, source and open choices; groups that agree alike.",
        Group.SET,
        _LISTED,
    ),
    Action(
        "apply_set",
        ("B",),
        "rehearse the set",
        "See what one key would do with the marked rows (none marked: all shown), row by row; then apply it.",
        Group.SET,
        _LISTED,
        (Context.LEDGER, Context.DUPLICATE),
        short="set",
        weight=8,
        decides=True,
    ),
    Action("mask", ("p", "f2"), "mask", "Privacy mask on or off: nobody is recognisable.", Group.SHARE),
    Action(
        "reveal", ("r",), "reveal", "Show this record without the mask for five seconds; not presenting.", Group.SHARE
    ),
    Action(
        "present",
        ("P", "f3"),
        "present",
        "Presenter mode: mask on and locked, keys shown, roomier rows, the last five decisions.",
        Group.SHARE,
    ),
    Action("curtain", (".",), "curtain", "Blank the screen at once; the same key comes back.", Group.SHARE),
    Action(
        "handoff",
        ("w",),
        "handoff",
        "See what is open, and sign the handoff.",
        Group.REVIEW,
        _EVERYWHERE,
        (Context.LEDGER, Context.ERROR, Context.SLICE),
        weight=5,
        decides=True,
    ),
    Action(
        "summary",
        ("y",),
        "summary",
        "See the whole: what is left and why, bars by outcome, rule and source, the pace; Enter shows the rows.",
        Group.REVIEW,
        _EVERYWHERE,
        (Context.SLICE,),
        weight=5,
    ),
    Action(
        "map_waiting",
        (),
        "map a table",
        "Say what the columns of a table are that came into the watched folder and that no system knows.",
        Group.REVIEW,
        decides=True,
    ),
    Action(
        "try_policy",
        (),
        "what if",
        "Try a rule or a strategy: which rows it would change, before it is kept.",
        Group.REVIEW,
    ),
    Action("palette", ("ctrl+p",), "palette", "Find an action by its name.", Group.REVIEW),
    Action("theme_dark", (), "dark theme", "Light writing on ink blue.", Group.REVIEW),
    Action("theme_light", (), "light theme", "Dark writing on paper.", Group.REVIEW),
    Action("theme_contrast", (), "high contrast", "White and few strong colours on black.", Group.REVIEW),
    Action(
        "quit",
        ("q", "ctrl+q", "ctrl+c"),
        "quit",
        "Leave; everything you decided is saved already.",
        Group.REVIEW,
        _EVERYWHERE,
        (Context.SLICE,),
        weight=4,
    ),
    Action("help", ("?", "f1"), "all keys", "Show every key that works here.", Group.REVIEW, short="keys", weight=10),
)

BY_ID = {action.id: action for action in ACTIONS}


def footer_actions(context: Context, *, read_only: bool = False) -> tuple[Action, ...]:
    """The at most eight actions of a context's footer, in their order; help stands after them."""
    fitting = [action for action in ACTIONS if context in action.footer and not (read_only and action.decides)]
    # What decides the row stands first, what leads away from it last.
    return tuple(sorted(fitting, key=lambda action: action.group is Group.MOVE)[:FOOTER_KEYS])


def in_context(context: Context, actions: Iterable[Action] = ACTIONS) -> tuple[Action, ...]:
    """Every action with a key that works in a context."""
    return tuple(action for action in actions if action.keys and context in action.contexts)


def by_group(actions: Iterable[Action] = ACTIONS) -> tuple[tuple[Group, tuple[Action, ...]], ...]:
    """The actions that have keys, under their headings."""
    kept = [action for action in actions if action.keys]
    return tuple((group, tuple(action for action in kept if action.group is group)) for group in Group)
