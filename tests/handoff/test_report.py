"""The report: one page that needs nothing else, in which no value of an export is anything but text."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.errors import TargetError
from crm_tui.handoff import masking
from crm_tui.handoff.outline import Outline
from crm_tui.handoff.report import render_report
from crm_tui.handoff.report_style import POLICY, STYLE
from crm_tui.handoff.seal import GROUPS
from crm_tui.model import Queue
from tests import browser
from tests.factory import ANN, BOB, Bench, Review, activity, appointment, change, csv_bytes, signer, trust_in
from tests.handoff.test_seal_verify import Made, code, decide_all, decide_some, made, members_of, sealed

EVIL = (
    "<script>window.pwned=1</script>",
    "\"><img src=x onerror='window.pwned=1'>",
    "</style><script>window.pwned=1</script>",
    "</title><svg onload=window.pwned=1>",
    "<iframe src=http://evil.test></iframe>",
    "<link rel=stylesheet href=http://evil.test/x.css>",
    "<base href=http://evil.test/>",
    "<meta http-equiv=refresh content='0;url=http://evil.test'>",
    "<form action=http://evil.test><input autofocus onfocus=window.pwned=1>",
    "javascript:window.pwned=1",
    "&lt;b&gt; &amp; ]]> <!-- <![CDATA[",
    "\u202egnp.exe \u200b\u2066hidden\u2069 \x1b[2J",
    "<a href='http://evil.test'>click</a>",
)


HUBSPOT = ("Record ID", "First Name", "Last Name", "Email", "Phone Number", "Company Name")


class Markup(HTMLParser):
    """Every element with its attributes, and the text outside the style sheet."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] != "style":
            self.text += data + "\n"


ELEMENT_NAMES = """a article bdi body caption code dd div dl dt footer h1 h2 h3 head header html li main meta nav p pre
    rect section span strong style svg table tbody td th thead title tr ul"""
ATTRIBUTE_NAMES = """aria-hidden aria-label aria-labelledby charset class content height href http-equiv id lang name
    preserveaspectratio role scope tabindex viewbox width x y"""


def assert_harmless(page: bytes) -> Markup:
    markup = Markup(page)
    assert {name for name, _ in markup.elements} <= set(ELEMENT_NAMES.split())
    assert {name for _, attributes in markup.elements for name in attributes} <= set(ATTRIBUTE_NAMES.split())
    links = [attributes["href"] for _, attributes in markup.elements if "href" in attributes]
    ids = [attributes["id"] for _, attributes in markup.elements if "id" in attributes]
    assert all(link and link[0] == "#" and link[1:] in ids for link in links)
    assert len(set(ids)) == len(ids)
    assert [name for name, attributes in markup.elements if name == "style" or "http-equiv" in attributes] == [
        "meta",
        "style",
    ]
    assert not re.search(r"url\(|@import|src", STYLE)
    return markup


def report_of(one: Made) -> bytes:
    return members_of(one.data)["report.html"]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("full"), decide_all)


@pytest.fixture(scope="module")
def partial(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("partial"), decide_some)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Every cell that can hold anything does, and so do reasons, questions, names and the file's own name; what may be
    the same person twice is merged, told apart or asked about."""
    folder = tmp_path_factory.mktemp("hostile")
    bench = Bench(folder)
    twice = [
        dict(
            zip(HUBSPOT, (f"{2 * n + twin}", evil, evil[::-1], f"p{n}@one.test", f"+1212555{n:04}", evil), strict=True)
        )
        for n, evil in enumerate(EVIL)
        for twin in (0, 1)
    ]
    assert bench.load(bench.put("hubspot.csv", csv_bytes(HUBSPOT, twice))) == ()
    bench.events(
        contacts=[ANN, BOB, {**ANN, "close_contact_id": EVIL[0], "ghl_contact_id": EVIL[1], "email": "c@three.test"}],
        appointments=[appointment(f"A{n}{evil}", title=evil, status=evil) for n, evil in enumerate(EVIL)],
        changes=[change(f"C{n}", field="owner", new_value=evil) for n, evil in enumerate(EVIL)],
        activities=[activity(f"T{n}", summary=evil, phone="+15550100002") for n, evil in enumerate(EVIL)]
        + [activity(evil, email=evil, channel=evil) for evil in EVIL],
    )
    with bench.open(EVIL[0]) as review:
        for record_id in (*review.cases.ids(), *review.cases.ids(Queue.DUPLICATE)):
            case = review.cases.case(record_id)
            words = EVIL[record_id % len(EVIL)]
            if case.verdict.queue.value == "error" or record_id % 5 == 0:
                review.decisions.ask(record_id, words)
            elif case.options and record_id % 5 == 1:
                review.decisions.reject(record_id, words)
            elif case.options:
                review.decisions.approve(record_id, token=case.options[0].token, reason=words)
    key = signer(folder)
    done, data = sealed(bench, key, reviewer=EVIL[1])
    return Made(bench, key, trust_in(key), data, done)


def test_the_page_holds_only_harmless_elements_whatever_the_values_are(
    full: Made, partial: Made, hostile: Made
) -> None:
    for one in (full, partial, hostile):
        assert code(one.data, one.trust) == "accepted"
        assert_harmless(report_of(one))
    assert "<script>window.pwned=1</script>" in Markup(report_of(hostile)).text


def test_the_policy_allows_this_one_sheet_and_nothing_else(full: Made) -> None:
    assert "default-src 'none'" in POLICY and "unsafe" not in POLICY
    elements = Markup(report_of(full)).elements
    assert [attributes["content"] for _, attributes in elements if "http-equiv" in attributes] == [POLICY]
    assert report_of(full).count(STYLE.encode()) == 1


def test_the_page_says_what_a_client_asks(full: Made) -> None:
    text = Markup(report_of(full)).text
    wanted = ("It is complete", "APT-7002", "CLOSE-202 · GHL-502", "chosen", "owner left the firm",
              "checked by voice", "No CRM write was executed", "crm-tui verify",
              "Next steps for the importer", "Rita Reviewer")  # fmt: skip
    for words in wanted:
        assert words in text, words
    assert "It is partial" not in text


def test_page_and_summary_say_how_often_a_refused_write_is_tried_again(full: Made) -> None:
    """2.33: five attempts, each wait twice the last, none beyond 3,600 seconds; said, never done."""
    advice = "at most 5 times, each wait twice as long as the one before, none longer than 3,600 seconds"
    assert advice in Markup(report_of(full)).text
    assert advice in members_of(full.data)["SUMMARY.md"].decode()


def test_every_row_stands_in_one_section_only(full: Made, partial: Made, hostile: Made) -> None:
    for one in (full, partial, hostile):
        rows = list(map(json.loads, members_of(one.data)["rows.jsonl"].splitlines()))
        shown = re.findall(r"\((\d+)\)</span></h2>", report_of(one).decode())
        gone = sum(row["status"] == "ready" and not row["in_latest_load"] for row in rows)
        # A broken row about which the client is asked stands among the questions and among the broken ones.
        asked_errors = sum(row["status"] == "error" and bool(row["decision"]) for row in rows)
        groups = members_of(one.data).get(GROUPS, b"").count(b"\n")
        assert sum(map(int, shown)) == len(rows) + groups + gone + asked_errors


def test_overrides_have_a_section_of_their_own_that_starts_a_page(hostile: Made, full: Made) -> None:
    sections = [attributes for name, attributes in Markup(report_of(hostile)).elements if name == "section"]
    assert [one["id"] for one in sections if one.get("class") == "own-page"] == ["overrides"]
    assert ".own-page { break-before: page; }" in STYLE
    assert b'id="overrides"' not in report_of(full)


def test_questions_and_what_is_outstanding_are_named(partial: Made) -> None:
    text = Markup(report_of(partial)).text
    assert "8 rows still wait for a person" in text
    assert "Is this still her number?" in text.split("Questions for the client")[2]
    assert "Ready rows that nobody has approved yet" in text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_value_is_text(value: str) -> None:
    statement = {**STATEMENT, "workspace_name": value, "audience": value}
    row = {**ROW, "event_id": value, "issue": value, "evidence_text": value, "contact_key": value}
    assert_harmless(render_report(statement, Outline([row, {**row, "was": "conflict", "status": "outstanding"}])))


STATEMENT: dict[str, Any] = {
    "workspace_id": "0" * 32, "workspace_name": "x", "seq": 1, "complete": True, "withdraws": None, "audience": "",
    "expires_at": "", "created_at": "2026-05-20T12:00:00Z", "inputs": [], "slices": [], "parents": [],
    "reviewer": {"name": "R", "principal": "a@b", "key": "SHA256:x"}, "tool": {"name": "crm-tui", "version": "1"},
    "policy": {"name": "p", "version": "1", "sha256": "0"}, "log": {"entries": 1, "head": "0"},
    "counts": {"rows": 2, "ready": 0, "rejected": 0, "outstanding": 1, "errors": 1},
}  # fmt: skip
ROW: dict[str, Any] = {
    "row_id": "row-0", "event_id": "", "noun": "call", "source": {"file": "f", "line": 1}, "was": "error",
    "status": "error", "state": "to decide", "issue": "", "compared": [], "sides": [], "evidence_text": "",
    "evidence": [], "notes": [], "decision": None, "staged": [], "operation": "", "target": "ghl", "target_id": "",
    "object": "", "contact_key": "", "in_latest_load": True, "rule": "r", "votes": [],
}  # fmt: skip


def test_a_long_section_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_tui.handoff.report.LINES", 2)
    rows = [{**ROW, "row_id": f"row-{number}", "event_id": f"E{number}"} for number in range(3)]
    text = Markup(render_report(STATEMENT, Outline(rows))).text
    assert "2 of 3 are shown here" in text
    assert "E1" in text and "E2" not in text


# Masked


def test_nobody_is_recognisable_in_the_masked_edition(full: Made, partial: Made, tmp_path: Path) -> None:
    for one in (full, partial):
        out = tmp_path / "masked.html"
        masking.write_masked_report(one.data, out)
        page = out.read_bytes()
        text = assert_harmless(page).text
        rows = list(map(json.loads, members_of(one.data)["rows.jsonl"].splitlines()))
        persons = {value for row in rows for line in row["compared"] for value in line["values"]
                   if line["field"] in ("email", "phone", "summary", "title") and value}  # fmt: skip
        persons |= {row["decision"][name] for row in rows if row["decision"] for name in ("reason", "question")}
        assert len(persons - {""}) >= 8
        for value in persons - {""}:
            assert value not in text, value
        assert not re.search(r"[a-z]@(?!example\.test)[a-z]|\+1[0-9 ]{5}", text)
        assert "Masked edition" in text and re.search(r"\[e-mail \d+\]", text) and re.search(r"\[phone \d+\]", text)
        assert "CLOSE-202" in text and "APT-7002" in text
        assert "bench" not in text and "close-appointments.csv" not in text


def test_the_same_person_has_the_same_mask(full: Made) -> None:
    statement = json.loads(members_of(full.data)["handoff.json"])
    rows = list(map(json.loads, members_of(full.data)["rows.jsonl"].splitlines()))
    _, hidden = masking.masked(statement, rows)
    signs: dict[str, set[str]] = {}
    for before, after in zip(rows, hidden, strict=True):
        for one, other in zip(before["compared"], after["compared"], strict=True):
            if one["field"] in ("email", "phone"):
                for value, sign in zip(one["values"], other["values"], strict=True):
                    signs.setdefault(value.replace(" ", ""), set()).add(sign)
    assert len(signs) > 4
    assert all(len(found) == 1 for found in signs.values())
    assert len({min(found) for found in signs.values()}) == len(signs)


def test_what_a_reviewer_typed_into_a_field_is_masked(tmp_path: Path) -> None:
    def decide(review: Review) -> None:
        review.decisions.edit(review.id("APT-7002"), "title", "Lunch with Gus", "Gus asked for it")
        review.decisions.approve(review.id("APT-7002"), token="CLOSE-202/GHL-502")

    one = made(tmp_path, decide)
    assert b"Lunch with Gus" in report_of(one)
    masking.write_masked_report(one.data, tmp_path / "m.html")
    text = assert_harmless((tmp_path / "m.html").read_bytes()).text
    assert "APT-7002" in text and "Gus" not in text


def test_hostile_values_in_the_masked_edition_are_masked(hostile: Made, tmp_path: Path) -> None:
    masking.write_masked_report(hostile.data, tmp_path / "m.html")
    text = assert_harmless((tmp_path / "m.html").read_bytes()).text
    reviewers_aside = text.replace(EVIL[0], "").replace(EVIL[1], "")
    for words in ("evil.test", "window.pwned", "png.exe"):
        assert words not in reviewers_aside


def test_a_report_replaces_a_report_and_nothing_else(full: Made, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    masking.write_masked_report(full.data, out)
    masking.write_masked_report(full.data, out)
    out.write_bytes(b"my notes")
    with pytest.raises(TargetError):
        masking.write_masked_report(full.data, out)
    assert out.read_bytes() == b"my notes"


# In a real browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    if browser.executable() is None:
        pytest.skip(browser.MISSING)
    with browser.chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.fixture(scope="module")
def masked(hostile: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The masked edition of the hostile one."""
    path = tmp_path_factory.mktemp("masked") / "m.html"
    masking.write_masked_report(hostile.data, path)
    return path


def opened(page: browser.Page, one: Made | Path, folder: Path, width: int = 1100, *, dark: bool = False) -> Path:
    path = folder / "report.html"
    path.write_bytes(one.read_bytes() if isinstance(one, Path) else report_of(one))
    page.events.clear()
    page.look(width, dark=dark)
    page.open(path)
    return path


@pytest.mark.parametrize("which", ["full", "partial", "hostile", "masked"])
def test_the_browser_has_nothing_to_complain_of_and_asks_for_nothing(
    page: browser.Page, which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = opened(page, request.getfixturevalue(which), tmp_path)
    assert page.of("Log.entryAdded") == []
    assert page.of("Runtime.consoleAPICalled") == []
    assert page.of("Runtime.exceptionThrown") == []
    assert page.of("Page.javascriptDialogOpening") == []
    assert [event["request"]["url"] for event in page.of("Network.requestWillBeSent")] == [path.as_uri()]
    assert page.value("window.pwned") is None
    assert page.value("document.scripts.length + document.images.length + document.forms.length") == 0
    assert page.value("document.querySelectorAll('iframe, link, base, object, embed').length") == 0
    assert page.value("document.styleSheets.length") == 1, "the policy lets our own sheet through"
    assert page.value("document.getElementById('duplicates') !== null") is (which in ("hostile", "masked"))


def test_the_policy_stops_a_script_and_a_picture_that_got_in(page: browser.Page, full: Made, tmp_path: Path) -> None:
    """The second wall: were a value ever left unescaped, the page would still not act on it."""
    path = tmp_path / "report.html"
    evil = b"<script>window.pwned=1</script><img src='http://127.0.0.1:9/x'><p id=p style='color:red'>x</p>"
    path.write_bytes(report_of(full).replace(b"<main", evil + b"<main", 1))
    page.events.clear()
    page.open(path)
    assert page.value("window.pwned") is None
    assert [event["blockedReason"] for event in page.of("Network.loadingFailed")] == ["csp"]
    assert page.value("getComputedStyle(document.getElementById('p')).color") != "rgb(255, 0, 0)"
    assert len(page.of("Log.entryAdded")) >= 3


@pytest.mark.parametrize("width", [320, 390, 800, 1600])
@pytest.mark.parametrize("which", ["partial", "hostile"])
def test_the_page_never_scrolls_sideways(
    page: browser.Page, which: str, width: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    opened(page, request.getfixturevalue(which), tmp_path, width)
    assert page.value("document.documentElement.scrollWidth") <= width


def test_all_is_reached_by_keyboard_and_the_focus_is_seen(page: browser.Page, partial: Made, tmp_path: Path) -> None:
    opened(page, partial, tmp_path, 390)
    seen = []
    focused = "document.activeElement.getAttribute('href') || document.activeElement.getAttribute('aria-label')"
    for _ in range(80):
        page.press("Tab", 9)
        seen.append(page.value(focused))
        style = page.value("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none" or seen[-1] is None
    assert seen[0] == "#content"
    assert {"#questions", "#check", "Commands", "What each system is to be given"} <= set(seen)
    page.value("document.querySelector('[href=\"#questions\"]').focus()")
    page.press("Enter", 13)
    page.call("Input.dispatchKeyEvent", type="char", text="\r")
    until = time.monotonic() + 10
    while page.value("location.hash") != "#questions":
        assert time.monotonic() < until


def test_a_reader_program_finds_headings_and_names(page: browser.Page, full: Made, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    found: dict[str, list[str]] = {}
    for node in nodes:
        role = node.get("role", {}).get("value", "")
        found.setdefault(role, []).append(node.get("name", {}).get("value", ""))
    assert found["heading"][0] == "Handoff 1 of bench"
    assert "Conflicts that were decided (5)" in found["heading"]
    assert any("9 ready" in name for name in [*found.get("image", []), *found.get("img", [])])
    assert all(name for role in ("table", "region", "navigation") for name in found.get(role, []) if role != "table")
    assert len(found["columnheader"]) > 10 and len(found["rowheader"]) > 10


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(page: browser.Page, full: Made, tmp_path: Path, dark: bool) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    opened(page, full, tmp_path, dark=dark)
    assert page.value(CONTRASTS) == []


CONTRASTS = """(() => {
  const light = c => { const v = c.map(x => x / 255).map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c.slice(0, 3); } return [255, 255, 255]; };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    if (e.closest('.unseen, .skip, svg')) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) bad.push(e.className + ' ' + e.textContent.slice(0, 20));
  }
  return [...new Set(bad)];
})()"""


def test_the_page_prints(page: browser.Page, hostile: Made, tmp_path: Path) -> None:
    opened(page, hostile, tmp_path)
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF") and pdf.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) > 3
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.value("getComputedStyle(document.querySelector('.contents')).display") == "none"
    assert page.value("getComputedStyle(document.getElementById('overrides')).breakBefore") == "page"
    assert page.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.call("Emulation.setEmulatedMedia", media="")
