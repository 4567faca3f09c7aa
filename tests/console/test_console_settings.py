"""Settings of a person: keys, theme, dates; what cannot be is refused in one sentence with line and key."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from console_helpers import ack, evidence, footer, screen_text, to

from crm_tui.cli import run
from crm_tui.console import actions
from crm_tui.console.actions import ACTIONS, BY_ID
from crm_tui.console.app import ConsoleApp
from crm_tui.console.key_card import key_card
from crm_tui.console.settings import (
    SHIPPED,
    first_run,
    keep_theme,
    last_theme,
    parse_settings,
    read_settings,
    settings_path,
    settings_text,
)
from crm_tui.console.theme import CONTRAST, DARK, LIGHT, PAINTS, THEMES
from crm_tui.errors import InputError
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.store import Store

WRONG = [
    ('theme = "pink"', "line 1, theme: it should be 'dark', 'light' or 'contrast'"),
    ('\n\ntime_zone = "Mars"', "line 3, time_zone: Mars is no time zone"),
    ("colour = 1", "line 1, colour: there is no such setting; there is theme, date_format, time_zone and keys"),
    ('[keys]\n\nrejekt = "x"', "line 3, keys.rejekt: there is no such action"),
    ('[keys]\nreject = ["d", "j"]', "line 2, keys.reject: the key j is the one of down too; give keys.down another"),
    ('keys.reject = "1"', "line 1, keys.reject: the key 1 is the one of choose too and cannot be given away"),
    ('[keys]\nchoose = ["z"]', "line 2, keys.choose: its keys stay as they are"),
    ('[keys]\nback = ["z"]', "line 2, keys.back: its keys stay as they are: Esc always steps back"),
    ("[keys]\nquit = []", "line 2, keys.quit: it needs at least one key"),
    ('[keys]\nundo = ["ctrl-z"]', "line 2, keys.undo: ctrl-z is no key"),
    ('[keys]\nundo = ["escape"]', "line 2, keys.undo: escape is no key"),
    ('[keys]\nundo = [""]', "line 2, keys.undo: an empty text is no key"),
    ("[keys]\nundo = 3", "line 2, keys.undo"),
    ('[keys]\nundo = ["d"]\nredo = ["d"]', "line 3, keys.redo: the key d is the one of undo too"),
    ('[keys]\nundo = ["question_mark"]', "line 2, keys.undo: the key question_mark is the one of help too"),
    ('[keys]\nundo = ["no_sign"]', "line 2, keys.undo: no_sign is no key"),
    ("theme = ", "settings.toml cannot be read"),
    ("theme = 1", "line 1, theme"),
    ("a = " + "[" * 20_000, "settings.toml is nested too deeply to be settings"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[text[-24:] for text, _ in WRONG])
def test_what_cannot_be_set_is_one_sentence_with_line_and_key(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_settings(text)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("settings.toml")
    assert "\n" not in str(caught.value)


def test_keys_may_change_places() -> None:
    found = parse_settings('[keys]\nreject = "s"\ndefer = ["x", "f5", "ctrl+r"]\n')
    assert (found.by_id["reject"].keys, found.by_id["defer"].keys) == (("s",), ("x", "f5", "ctrl+r"))
    assert found.keys_of(found.by_id["approve"]) == "a"


def test_what_show_prints_is_a_file_that_says_the_same() -> None:
    for text in ("", 'theme = "light"\ntime_zone = "Europe/Berlin"\n[keys]\nreject = ["d", "ctrl+x"]\n'):
        wanted = parse_settings(text)
        assert parse_settings(settings_text(wanted)) == wanted
    opened = settings_text(SHIPPED).replace("\n# ", "\n").replace('theme = ""\n', "").replace('time_zone = ""\n', "")
    lines = [line for line in opened.splitlines() if "=" not in line or " = [" in line]
    keys = "\n".join(line for line in lines if line.startswith("[keys]") or " = [" in line)
    keys = "\n".join(line for line in keys.splitlines() if not line.startswith("Keys of"))
    assert parse_settings(keys).actions == ACTIONS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "13 May 2026 16:00 −04:00"),
        ('time_zone = "Europe/Berlin"', "13 May 2026 22:00 CEST"),
        ('time_zone = "UTC"\ndate_format = "iso"', "2026-05-13 20:00 UTC"),
        ('date_format = "month day, year"', "May 13, 2026 16:00 −04:00"),
        ('date_format = "iso"', "2026-05-13 16:00 −04:00"),
    ],
)
def test_times_are_written_in_the_zone_and_form_that_were_set(text: str, shown: str) -> None:
    settings = parse_settings(text)
    assert settings.time("2026-05-13T16:00:00-04:00") == shown
    assert settings.time("next Friday") == "next Friday"
    assert "16:00" not in settings.time("2026-05-13")
    # A time without an offset is nobody's to move.
    assert settings.time("2026-05-13 16:00").endswith("16:00")


async def test_keys_that_were_set_work_and_are_shown_everywhere(store: Store) -> None:
    settings = parse_settings('[keys]\ndefer = "d"\nhelp = "Z"\n')
    app = ConsoleApp(store, "Dana", False, settings=settings)
    async with app.run_test(size=(100, 40)) as pilot:
        await to(pilot, app, "APT-7002")
        assert "d defer" in footer(app)
        assert "Z keys" in footer(app)
        await pilot.press("s")
        assert "deferred" not in ack(app)
        await pilot.press("d")
        assert "deferred" in ack(app)
        await pilot.press("Z", "G")
        await pilot.pause()
        assert "Keys: conflict" in screen_text(app)
    card = [line.split() for line in key_card(settings.actions).splitlines()]
    assert ["d", "Leave"] in [line[:2] for line in card]


async def test_times_of_the_evidence_follow_the_settings(store: Store) -> None:
    app = ConsoleApp(store, "Dana", False, settings=parse_settings('time_zone = "Asia/Tokyo"\ndate_format = "iso"'))
    async with app.run_test(size=(140, 40)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("s", "{")
        await to(pilot, app, "APT-7002")
        text = screen_text(app)
        assert "2026-05-14 05:00 JST" in text
        assert "by Dana, 2026-05-14 01:00 JST" in text
        await pilot.press("H")
        await pilot.pause()
        assert "Dana, 2026-05-14 01:00 JST" in screen_text(app)


async def test_a_newcomer_is_told_the_keys_once(store: Store) -> None:
    assert first_run()
    assert not first_run()
    app = ConsoleApp(store, "Dana", False, settings=parse_settings('[keys]\nundo = "z"'), newcomer=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "7 rows to decide. New here? 1 chooses, a approves, z undoes, ? all keys." in screen_text(app)
        await pilot.press("s")
        assert "New here?" not in screen_text(app)


async def test_the_theme_chosen_last_comes_back_unless_one_is_set(store: Store) -> None:
    app = ConsoleApp(store, "Dana", False)
    async with app.run_test() as pilot:
        assert app.theme == DARK
        await pilot.press("ctrl+p")
        await pilot.press(*"high", "enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.press("enter")
        await pilot.pause()
        assert app.theme == CONTRAST
    assert last_theme() == CONTRAST
    assert ConsoleApp(store, "Dana", False).theme == CONTRAST
    assert ConsoleApp(store, "Dana", False, settings=parse_settings('theme = "light"')).theme == LIGHT
    keep_theme("no such theme")
    assert ConsoleApp(store, "Dana", False).theme == DARK


def test_each_theme_has_its_paint_and_contrast_enough() -> None:
    from textual.color import Color

    assert {theme.name for theme in THEMES} == set(PAINTS)
    theme, paint = next(one for one in THEMES if one.name == CONTRAST), PAINTS[CONTRAST]
    ground = Color.parse(theme.background or "")
    for style in (paint.text, paint.muted, paint.differs, paint.needs, paint.saved, paint.bad):
        assert ground.get_contrast_text(1).hex and Color.parse(style.split()[-1]).brightness > 0.6, style


def test_the_command_prints_settings_and_refuses_a_wrong_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CRM_TUI_CONFIG_DIR", str(tmp_path / "config"))
    assert run(["settings", "path"]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path == tmp_path / "config" / "settings.toml"
    assert run(["settings", "show"]) == 0
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert read_settings() == SHIPPED
    path.write_text('[keys]\nundo = ["z"]\n', encoding="utf-8")
    assert run(["keys"]) == 0
    assert "  z " in capsys.readouterr().out
    path.write_text("theme = 3\n", encoding="utf-8")
    assert run(["keys"]) == 2
    assert "settings.toml, line 1, theme" in capsys.readouterr().err
    path.write_bytes(b"\xff\xfe")
    assert run(["settings", "show"]) == 2
    assert "is not UTF-8" in capsys.readouterr().err


OWN_KEYS = """[keys]
approve = "f5"
undo = "f6"
search = "f7"
previous_tab = "f8"
next_tab = "f9"
edit = "f10"
recall = "f11"
apply_set = "f12"
range = "ctrl+r"
reject = "ctrl+x"
map_contact = "ctrl+o"
mask = "ctrl+y"
sort = "ctrl+t"
handoff = "ctrl+w"
"""
_KEY_NAMED = re.compile(
    r"(?:^|[;:,.·(] ?|press |then )([A-Za-z./?=*:\[\]]) "
    r"(?:approves?|rejects?|goes|go|starts|signs|writes|undoes|redoes|chooses|marks|rehearses|searches|puts|takes|ends|"
    r"shows|draws|another|again|would)\b"
)


def test_no_sentence_names_a_key_that_can_be_changed() -> None:
    """Keys stand in sentences as ``{action}``, so that a changed key is the one that is said."""
    folder = Path(actions.__file__).parent
    sentences = [
        (path.name, node.value)
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
    ]
    assert len(sentences) > 1_000
    assert not [(name, text) for name, text in sentences if _KEY_NAMED.search(text)]
    named = {action for _, text in sentences for action in re.findall(r"\{([a-z_]+)\}", text)}
    assert named - set(BY_ID) <= set()
    assert {"approve", "handoff", "edit", "previous_tab", "mask"} <= named


async def test_changed_keys_are_the_ones_that_are_said(store: Store) -> None:
    app = ConsoleApp(store, "Dana", False, settings=parse_settings(OWN_KEYS))
    async with app.run_test(size=(140, 40)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("1")
        assert "f5, 2 would" not in evidence(app) and "1 would" in evidence(app)
        assert "F6 undoes #" in screen_text(app) or "f6 undoes #" in screen_text(app)
        for key, said in {
            "v": "",
            "ctrl+r": "ctrl+r marks it",
            "space": "f12 rehearses",
            "ctrl+t": "ctrl+t goes on",
            "ctrl+y": "r shows this record",
            "enter": "f10 writes your own",
        }.items():
            await pilot.press(key)
            await pilot.pause()
            assert said in ack(app), key
        await pilot.press("escape", "escape", "escape", "f8")
        await pilot.pause()
        assert "f5 would" in evidence(app)
        await pilot.press("1")
        assert "f5 approves it, ctrl+x rejects it" in ack(app)


async def test_cells_fields_sentences_and_sets_tell_times_in_one_zone(store: Store) -> None:
    app = ConsoleApp(store, "Dana", False, settings=parse_settings('time_zone = "Asia/Tokyo"'))
    async with app.run_test(size=(140, 60)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("1")
        assert evidence(app).count("14 May 2026 05:00 JST") >= 2
        for keys in (("enter",), ("escape", "i"), ("escape", "*", "B"), ("escape", "H")):
            assert "−04:00" not in evidence(app)
            assert "−04:00" not in screen_text(app)
            await pilot.press(*keys)
            await pilot.pause()
        assert "01:00 JST" in screen_text(app)


def test_the_journal_is_printed_in_the_zone_of_the_console(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    decisions = Decisions(Cases(store), "Dana")
    decisions.defer(decisions.cases.ids()[0])
    assert run(["journal", "-w", str(store.path)]) == 0
    assert "2026-05-13T16:00:00Z" in capsys.readouterr().out
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    settings_path().write_text('time_zone = "Asia/Tokyo"\n', encoding="utf-8")
    assert run(["journal", "-w", str(store.path)]) == 0
    assert "14 May 2026 01:00 JST" in capsys.readouterr().out
