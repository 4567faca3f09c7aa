"""Plain words: those that may be read under the mask in what somebody typed, because they name nobody.

What people type, a reason, a question, a note, may name somebody whom no cell holds, so that no look at the data can
tell names from other words.  The rule is the other way round: every word is masked but those listed here.  Left out on
purpose are plain words that are first names too (will, may, mark, bill, grace …).
"""

from __future__ import annotations

import re
from itertools import chain

from crm_tui.model import Outcome, Queue, State
from crm_tui.systems import SYSTEMS, TABLES
from crm_tui.systems.fields import FIELDS

_JOINING = """
a about above according after again against all almost already also although always am among an and another any anybody
anyone anything are aren around as at away back be because been before behind being below beside between beyond both but
by can cannot could couldn did didn do does doesn doing don done down during each either else enough etc even ever every
everybody everyone everything except few for from further had has hasn have haven having he her here hers him his how
however i if in instead into is isn it its itself just least less let like ll maybe me might mine more most much must my
near neither never no nobody none nor not nothing now of off ok okay on once one only onto or other others otherwise our
ours out over own perhaps please quite rather re really same shall she should shouldn since so some somebody someone
something soon still such than that the their theirs them then there these they thing things this those though through
thus till to together too toward towards under unless until up upon us ve very was wasn we well were weren what whatever
when where whether which while who whoever whole whom whose why with within without won would wouldn yes yet you your
yours zero two three four five six seven eight nine ten first second third last next
"""
"""Closed classes of English: they join words and name nothing; also what is left of don't, isn't, we'll, they've."""

_ABOUT_ROWS = """
accept accepted account accounts active activities activity add added address addresses again age agree agreed agreement
agrees amount answer answered answers applied apply appointment appointments approval approve approved ask asked asking
asks attendee automatic available bad base belong belonged belongs blank booked booking bounce bounced bulk business
calendar call called caller calling calls cancel cancelled case cases change changed changes check checked choice choose
chosen clean cleaned clear cleared client clients code codes column columns come comes coming commas common companies
company compare compared complete confirm confirmed conflict conflicts consent contact contacts contract contracts
copied copy correct corrected correction could count country create created creation csv currency current currently
customer customers daily data date dates day days deal deals decide decided decision decisions default defer deferred
delete deleted deletion destination detail details differ difference different differs digit digits direct disagree
disagrees discuss discussed document domain domains double doubt draft drop due duplicate duplicates earlier early edit
edited email emails employee empty entries entry error errors event events evidence exact exactly example exist existing
exists export exported exports external extra fail failed fake false family fault feed field fields file files filter
final find fine finish finished fix fixed follow following form format former forms found free full future gave general
get gets give given go goes gone good got group groups handoff happen happened has held help history hold holds home
hour hours household id identity ids import imported imports inbound include included incoming incomplete inside
internal invalid invoice invoices issue item items join joined junk keep keeping keeps kept key keys kind knew know
known knows label later latest lead leads learned leave leaves ledger left legal letter letters like likely line lines
link linked list listed lists live load loaded log logged long longer look looked looks loose lost mail mails main make
makes manual manually map mapped maps marketing match matched matches meaning means meant meet meeting meetings merge
merged message messages method middle minute minutes mismatch missed missing mistake mobile moment month monthly months
move moved name named names need needed needs new newer newest newsletter note noted notes notice number numbers object
office old older oldest open opened opt opted option order orders original out outbound outcome outside outstanding
overwrite owner owners ownership paid part partly partner past payment pending people perform period permission person
personal persons phone phones pipeline place plain plan planned policy portal possible post prefer preferred present
previous primary prior private probably problem process product project proof proposal protected prove purchase put
quarter question questions quick ready real reason reasons recent record records refund refused region reject rejected
related relevant reminder remove removed rename renewal repeat repeated replace replaced replied reply report reported
request requested reschedule rescheduled review reviewed reviewer reviewers right role row rows rule rules safe said
sale sales save saved say says schedule scheduled secondary see seen send sender sends sent separate set several share
shared sheet should show shown shows side sides sign signature signed similar simple single skip slice small source
sources spam spelled spelling spreadsheet stage staged stages stale standard start started state status stay stays step
stop stopped stored subject subscribe subscribed suggested suggestion sum summary sure switch sync synced synchronise
synchronised system systems tab table tag tags take taken takes talk talked tell tells terms test testing text then
think thought ticket time times title today told tomorrow took total tried true trust try twice type typed types typo
unclear undo unknown unsubscribe unsubscribed unsure untouched unused update updated updates updating use used useful
user users uses using valid value values vendor verified verify version view visit void wait waiting waits want wanted
wants warn way webhook website week weekly weeks went widget wish work worked working works workshop worth write writes
writing written wrong wrote year yearly years yesterday zone
"""
"""What a review of CRM rows is about, and what happens in it."""

_DAYS = "monday tuesday wednesday thursday friday saturday sunday january february march july october november december"
_FIRST_NAMES = frozenset(["art", "chance", "grant", "guy", "mark", "may", "page", "will"])
"""Words of our labels that are first names too."""


def _ours() -> frozenset[str]:
    """The words of our labels: fields, systems, tables, queues, outcomes, states."""
    texts = chain(
        (field.label for field in FIELDS.values()),
        (system.label for system in SYSTEMS.values()),
        (f"{table.name} {table.noun} {table.kind.value}" for table in TABLES.values()),
        (one.value for kind in (Queue, Outcome, State) for one in kind),
    )
    return frozenset(re.findall(r"[a-z]+", " ".join(texts).lower()))


LABELS = _ours() - _FIRST_NAMES
PLAIN = frozenset(f"{_JOINING} {_ABOUT_ROWS} {_DAYS}".split()) | LABELS
"""Lower case."""
CAPITALS = frozenset(["I", *_DAYS.title().split()]) | frozenset(
    word for system in SYSTEMS.values() for word in re.findall(r"\w+", system.label)
)
"""Words that have a capital anywhere and name nobody: systems, days, months."""
