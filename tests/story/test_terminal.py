"""The program and its terminal: hostile cells do nothing to it, and no end leaves it unusable."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import time
from pathlib import Path

import pytest
from story_tools import Terminal, alive, crm_tui, program, until

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

CLIPBOARD = "\x1b]52;c;SEFDS0VE\x07"  # HACKED, in base64
TITLE = "\x1b]2;HACKED\x07"
C1_TITLE = "\x9d2;HACKED\x9c"
MARKUP = "[@click=app.quit]press me[/] [/foo] [link=http://x.test]l[/link] [red]"
BIDI = "\u202egnp.exe\u2066\u200b\u00ad"
NOISE = "\x1b[2J\x1b[?1049l\x1bc\x07\x08\x0e\x7f\x85"
HOSTILE = (CLIPBOARD, TITLE, C1_TITLE, MARKUP, BIDI, NOISE)
ALL = "".join(HOSTILE)
START = program("review", "src", "-w", "X.crm", "--reviewer", f"Dana {TITLE}{MARKUP}")


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


@pytest.fixture
def hostile(folder: Path) -> Path:
    """The sample with something hostile in every kind of cell, in an extra column and in a file's name."""
    source = folder / "src"
    activities = read(source / "activity-events.csv")
    activities[0].append(f"extra {ALL}")
    for number, row in enumerate(activities[1:]):
        row[5] = f"{HOSTILE[number % len(HOSTILE)]} {ALL}"
        row.append(ALL)
    for number, text in enumerate(HOSTILE):
        activities.append(
            [
                f"ACT-{number}{text}",
                "gmail",
                f"x{text}@x.test",
                text,
                f"email{text}",
                text,
                "2026-05-08T09:05:00-04:00",
                text,
                text,
            ]
        )
    activities.append(["ACT-\0", "gmail", "x\0@x.test", "\0", "email", "\0", "2026-05-08T09:05:00-04:00", "\0", "\0"])
    write(source / f"activity {TITLE.replace('/', '')}{BIDI}.csv", activities)
    (source / "activity-events.csv").unlink()
    appointments = read(source / "close-appointments.csv")
    for row in appointments[1:]:
        row[6] = ALL
    appointments.append(["APT-9", f"CLOSE-1{ALL}", ALL, ALL, ALL, ALL, ALL])
    write(source / "close-appointments.csv", appointments)
    contacts = read(source / "contact-map.csv")
    contacts[0].append(f"company {MARKUP}")
    for row in contacts[1:]:
        row.append(ALL)
    contacts.append([f"CLOSE-{ALL}", f"GHL-{ALL}", f"z{ALL}@x.test", ALL, "2026-05-02T10:05:00Z", ALL, ALL])
    write(source / "contact-map.csv", contacts)
    changes = read(source / "ghl-contact-changes.csv")
    for row in changes[1:]:
        row[5] = row[5] + ALL
    changes.append(["CHG-1", "GHL-502", "", "", f"field{ALL}", ALL, "2026-05-08T13:15:00Z"])
    write(source / "ghl-contact-changes.csv", changes)
    slices = read(source / "first-slice-map.csv")
    for row in slices[1:]:
        row[4] = ALL
    write(source / "first-slice-map.csv", slices)
    return folder


def check_harmless(terminal: Terminal) -> str:
    """Nothing of a cell has reached the terminal as anything but drawn characters; gives the screen."""
    assert terminal.tmux("show-buffer", check=False) == "", "a cell has set the clipboard"
    assert "HACKED" not in terminal.ask("pane_title"), "a cell has set the title"
    assert terminal.ask("alternate_on") == "1", "a cell has left the alternate screen"
    styled = terminal.screen(styles=True)
    plain = re.sub(r"\x1b\[[0-9;:]*m|\x0e|\x0f", "", styled)
    strange = re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069]", plain)
    assert strange == [], (strange, plain)
    assert terminal.running(), plain
    return plain


def test_the_control_that_this_terminal_would_obey(terminal: Terminal, folder: Path) -> None:
    """In this tmux the same bytes, printed as they are, do set clipboard and title."""
    (folder / "raw").write_text(CLIPBOARD + TITLE, encoding="utf-8")
    terminal.start("sh -c 'cat raw; sleep 60'")
    until(lambda: "HACKED" in terminal.ask("pane_title"), "the title was not set")
    until(lambda: "HACKED" in terminal.tmux("show-buffer", check=False), "the clipboard was not set")


@pytest.mark.parametrize("terminal", [(100, 30), (80, 24), (200, 50)], indirect=True, ids=["100x30", "80x24", "200x50"])
def test_hostile_cells_do_nothing(terminal: Terminal, hostile: Path) -> None:
    terminal.start(START)
    screen = terminal.wait("decided")
    total = int(re.search(r"\d+ of (\d+) decided", screen)[1])  # type: ignore[index]
    assert total >= 10
    drawn = check_harmless(terminal)
    for _ in range(4):  # every tab, and in each its first rows
        for key in ("g", "j", "j", "j", "G", "Right", "Left"):
            terminal.press(key)
            drawn += check_harmless(terminal)
        terminal.press("]")
        time.sleep(0.05)
        drawn += check_harmless(terminal)
    while "▐Conflicts" not in terminal.screen():
        terminal.press("]")
        time.sleep(0.05)
    for name in terminal.tour("ReviewScreen"):
        # A curtain has nothing to show.
        drawn += check_harmless(terminal) if name != "Curtain" else ""
    assert "[@click=app.quit]" in drawn, "markup is shown as it was written"
    assert "␛]52;c;" in drawn, "an escape is shown as a picture of itself"
    assert "⟨202E⟩" in drawn


def click(terminal: Terminal, x: int, y: int) -> None:
    """A mouse click on a cell of the screen, from 0, as a terminal reports it."""
    terminal.type(f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m")


def test_a_click_on_markup_in_a_cell_does_nothing(terminal: Terminal, hostile: Path) -> None:
    terminal.start(START)
    screen = terminal.wait("decided").splitlines()
    # The control: clicks do arrive.
    y = next(y for y, line in enumerate(screen) if "Slice" in line)
    click(terminal, screen[y].index("Slice") + 2, y)
    terminal.wait("▐ ?Slice")
    terminal.press("[")
    terminal.press("[")
    terminal.wait("▐ ?Conflicts")
    clicked = 0
    for _ in range(12):
        lines = terminal.screen().splitlines()
        for y, line in enumerate(lines):
            x = line.find("press me")
            if x >= 0:
                clicked += 1
                click(terminal, x + 2, y)
                time.sleep(0.1)
                check_harmless(terminal)
        terminal.press("j")
        time.sleep(0.05)
    assert clicked, "the markup was nowhere on the screen"


def test_without_colours_signs_say_the_same(terminal: Terminal, folder: Path) -> None:
    terminal.start(program("review", "src", "-w", "X.crm", "--reviewer", "Dana"), {"NO_COLOR": "1"})
    terminal.wait(r"(?m)^▸ . APT-7002 ")
    terminal.press("1")
    terminal.wait("saved")
    styled = terminal.screen(styles=True)
    assert {int(one) for one in re.findall(r"[34]8;5;([0-9]+)", styled)} <= {*range(232, 256), 0, 7, 8, 15, 16, 59, 102,
        145, 188, 231}, "greys only"  # fmt: skip
    for red, green, blue in re.findall(r"[34]8;2;([0-9]+);([0-9]+);([0-9]+)", styled):
        assert red == green == blue
    for sign in ("▐Conflicts", "◐ chosen", "✓", "≠", "▸ 1"):
        assert sign in terminal.screen()


def test_what_is_pasted_is_cleaned(terminal: Terminal, folder: Path) -> None:
    terminal.start(program("review", "src", "-w", "X.crm", "--reviewer", "Dana"))
    terminal.wait(r"(?m)^▸ . APT-7002 ")
    terminal.press("c")
    terminal.wait("A note decides nothing")
    terminal.type("\x1b[200~left \x1b]52;c;SEFDS0VE\x07[@click=app.quit]\u202e right\x1b[201~")
    terminal.wait("right")
    check_harmless(terminal)
    terminal.press("Enter")
    terminal.wait(r"#\d+ saved  APT-7002 note kept")
    check_harmless(terminal)


def test_a_hostile_handoff_name_and_summary_stay_text(terminal: Terminal, hostile: Path) -> None:
    """Sign from the console with everything hostile around; the result screen is text as well."""
    terminal.start(START)
    terminal.wait("decided")
    terminal.press("w")
    terminal.wait("PARTIAL")
    check_harmless(terminal)
    terminal.press("Enter")
    terminal.wait("enter again")
    terminal.press("Enter")
    terminal.wait("Signed: partial")
    check_harmless(terminal)


# -- ends


class Shell:
    """An interactive shell in the pane, from which the program is started as a person does."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        terminal.start("bash --norc --noprofile -i", {"PS1": "ready$ "})
        terminal.wait(r"(?m)^ready\$")
        self.line("stty -a > before; ls > /dev/null")

    def line(self, text: str) -> None:
        self.terminal.type(text)
        self.terminal.tmux("send-keys", "Enter")

    def run(self) -> int:
        """Start the console, decide one row, and give the program's pid."""
        self.line(f"{program('review', 'src', '-w', 'X.crm', '--reviewer', 'Dana')}; echo $? > code; stty -a > after")
        self.terminal.wait(r"(?m)^▸ . APT-7002 ")
        self.terminal.press("1")
        self.terminal.wait(r"#\d+ saved  APT-7002 → ")
        shell = self.terminal.pid
        (child,) = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(child)

    def code(self) -> int:
        """The exit code, once the shell has it."""
        folder = self.terminal.folder
        until(
            lambda: (folder / "after").exists() and (folder / "after").read_text() != "",
            "the program did not end",
            self.terminal.screen,
        )
        return int((folder / "code").read_text())


def check_usable(terminal: Terminal, folder: Path) -> None:
    """The terminal is as it was, and takes what is typed."""
    assert (folder / "after").read_text() == (folder / "before").read_text()
    flags = {
        name: terminal.ask(name)
        for name in ("alternate_on", "mouse_any_flag", "mouse_sgr_flag", "cursor_flag", "keypad_flag")
    }
    assert flags == {
        "alternate_on": "0",
        "mouse_any_flag": "0",
        "mouse_sgr_flag": "0",
        "cursor_flag": "1",
        "keypad_flag": "0",
    }
    terminal.type("echo us''able")
    terminal.tmux("send-keys", "Enter")
    terminal.wait(r"(?m)^usable$")


def decided(folder: Path) -> list[dict[str, object]]:
    done = crm_tui(folder, "journal", "-w", "X.crm", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the program's process")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_leaves_the_terminal_usable(terminal: Terminal, folder: Path, number: signal.Signals) -> None:
    shell = Shell(terminal)
    os.kill(shell.run(), number)
    assert shell.code() == 128 + number
    screen = terminal.screen()
    assert "Traceback" not in screen
    assert "northstar" not in screen, "client data is left on the screen"
    check_usable(terminal, folder)
    assert [entry["id"] for entry in decided(folder)] == ["APT-7002"]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the program's process")
@pytest.mark.parametrize("key", ["q", "C-c", "C-q"])
def test_leaving_by_key_leaves_the_terminal_usable(terminal: Terminal, folder: Path, key: str) -> None:
    shell = Shell(terminal)
    shell.run()
    terminal.press(key)
    assert shell.code() == 0
    check_usable(terminal, folder)
    assert [entry["id"] for entry in decided(folder)] == ["APT-7002"]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the program's process")
def test_stopped_and_continued(terminal: Terminal, folder: Path) -> None:
    """A console that was frozen goes on where it was."""
    shell = Shell(terminal)
    pid = shell.run()
    os.kill(pid, signal.SIGSTOP)
    terminal.wait(r"Stopped")
    # The shell took the terminal when its job stopped; fg gives it back and lets the program go on.
    shell.line("fg")
    until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "T", "the program stays frozen")
    terminal.press("a")
    terminal.wait(r"APT-7002 → approved")
    assert alive(pid)
    terminal.press("q")
    shell.code()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the program's process")
def test_a_closed_terminal_ends_the_program_and_loses_nothing(terminal: Terminal, folder: Path) -> None:
    shell = Shell(terminal)
    pid = shell.run()
    terminal.stop()
    until(lambda: not alive(pid), "the program goes on without a terminal")
    assert [entry["id"] for entry in decided(folder)] == ["APT-7002"]
    (folder / "d.csv").write_text("event_id,choice,field,value,reason\nAPT-7002,approve,,,\n")
    assert crm_tui(folder, "decide", "-w", "X.crm", "--from", "d.csv").returncode == 0, "nothing holds the workspace"


def test_a_second_console_is_read_only_and_says_why(terminal: Terminal, folder: Path) -> None:
    other = Terminal(folder, 100, 30)
    try:
        terminal.start(program("review", "src", "-w", "X.crm", "--reviewer", "Dana"))
        terminal.wait(r"(?m)^▸ . APT-7002 ")
        other.start(program("review", "-w", "X.crm"))
        other.wait("(?i)read-only")
        other.press("1")
        other.wait("(?i)read-only")
        terminal.press("1")
        terminal.wait(r"#\d+ saved  APT-7002 → ")
        assert crm_tui(folder, "load", "src", "-w", "X.crm").returncode == 1
        other.press("q")
        assert other.ended() == 0
    finally:
        other.stop()
    assert len(decided(folder)) == 1


@pytest.mark.parametrize("terminal", [(20, 5), (40, 10), (300, 100)], indirect=True, ids=["20x5", "40x10", "300x100"])
def test_strange_sizes_are_no_end(terminal: Terminal, folder: Path) -> None:
    terminal.start(program("review", "src", "-w", "X.crm", "--reviewer", "Dana"))
    terminal.wait("rows to")
    terminal.press("1")
    until(lambda: len(decided(folder)) == 1, "the key did nothing")
    terminal.tmux("resize-window", "-x", "80", "-y", "24")
    terminal.wait(r"#\d+ saved  APT-7002")
    terminal.press("q")
    assert terminal.ended() == 0
