"""E-mail keys: equal bytes after NFC and ASCII lower-casing, and nothing else is equal."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm_tui.identity import email

LOCAL = st.text("abcXYZ019.!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=70)
LABEL = st.text("abcXYZ019-", min_size=1, max_size=66)
ADDRESSES = st.builds(
    lambda local, labels: f"{local}@{'.'.join(labels)}", LOCAL, st.lists(LABEL, min_size=1, max_size=4)
)
ODD = st.text("aK@.ß\u212ac\u0441h\u0331\u0301H e\uff41", max_size=12).map(lambda text: f"a{text}@x{text[:3]}.test")


def accepted_by_library(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("", ""),
        (" \t\u00a0", ""),
        ("  Ann.Lee@Clearwater.TEST ", "ann.lee@clearwater.test"),
        ("o'brien@x.com", "o'brien@x.com"),
        ("ann@corp.local", "ann@corp.local"),
        ("j\u00f6rg@corp.local", "j\u00f6rg@corp.local"),
        ("ann@x.invalid", "ann@x.invalid"),
        (f"{'a' * 65}@x.test", f"{'a' * 65}@x.test"),
    ],
)
def test_usable_and_blank(raw: str, value: str) -> None:
    assert email.normalise(raw)[0] == value


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("Ann <a@x.test>", "angle brackets"),
        ("a@x.test; b@x.test", "more than one"),
        ("ann", "no @"),
        ('=HYPERLINK("http://x.test","a@x.test")', "not an e-mail address"),
        ("a@x", "not an e-mail address"),
        ("a@x.test.", "not an e-mail address"),
        ("a b@x.test", "not an e-mail address"),
        ("a@ab--c.test", "not an e-mail address"),
        ("\ud800@x.test", "not an e-mail address: U+D800 before the @"),
        ("ann@x.test\u200b", "not an e-mail address: U+200B in the domain"),
        ("a@x.te\u0661", "not an e-mail address: U+0661 in the domain"),
        (f"{'a' * 300}@x.test", "longer than"),
    ],
)
def test_no_key_says_why(raw: str, word: str) -> None:
    value, note = email.normalise(raw)
    assert value == ""
    assert note.startswith(email.NOT_AN_EMAIL)
    assert word in note


@pytest.mark.parametrize(
    ("like", "plain", "note"),
    [
        ("a@stra\u00dfe.test", "a@strasse.test", "U+00DF in the domain"),
        ("k@\u212aelvin.test", "k@kelvin.test", "U+212A in the domain"),
        ("\u212a@kelvin.test", "k@kelvin.test", "U+212A before the @"),
        ("buyer@\uff43learwater.test", "buyer@clearwater.test", "U+FF43 in the domain"),
        ("buyer@\u0441learwater.test", "buyer@clearwater.test", "U+0441 in the domain"),
        ("b\u0443yer@clearwater.test", "buyer@clearwater.test", "U+0443 before the @"),
        ("a@xn--strae-oqa.test", "a@stra\u00dfe.test", ""),
    ],
)
def test_look_alikes_never_match_and_are_named(like: str, plain: str, note: str) -> None:
    value, said = email.normalise(like)
    assert value != ""
    assert value != email.normalise(plain)[0]
    assert said == note


def test_composed_and_decomposed_are_equal() -> None:
    assert email.normalise("Jo\u0308rg@x.test") == email.normalise("J\u00f6rg@x.test")


def test_only_three_characters_become_ascii_by_nfc() -> None:
    found = [
        chr(code)
        for code in range(0x80, sys.maxunicode + 1)
        if not 0xD800 <= code < 0xE000 and any(c < "\x80" for c in unicodedata.normalize("NFC", chr(code)))
    ]
    assert found == ["\u037e", "\u1fef", "\u212a"]


@settings(deadline=None)
@given(ADDRESSES)
@example(f"{'a' * 64}@{'b' * 63}.test")
@example("a@b.c")
@example("a@b--c.test")
@example(f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 61}")
def test_agrees_with_the_library_on_ascii(address: str) -> None:
    email.normalise("\u00e9@x.test")  # so that the library's list of special names is as this program sets it
    assert bool(email.normalise(address)[0]) == accepted_by_library(address.lower())


def written_addresses(count: int, chance: random.Random) -> Iterator[str]:
    """Addresses as exports have them, every third with a character put in, taken out or changed."""
    words = ("ann", "o'brien", "jean-luc", "x_y", "Zoe", "A.B", "info+crm", "1234", "", "mail", "co", "a--b")
    ends = ("test", "com", "co.uk", "museum", "de", "c", "1", "x-y", "TEST")
    for number in range(count):
        local = ".".join(chance.choices(words, k=chance.randint(1, 3))) + str(number % 1000)
        text = f"{local}@{'.'.join(chance.choices(words, k=chance.randint(1, 2)))}.{chance.choice(ends)}"
        if number % 3 == 0:
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice("@. -_'\"\\,<>[](){}\t") + text[place + chance.randint(0, 1) :]
        yield text


def test_agrees_with_the_library_on_addresses_as_exports_have_them() -> None:
    email.normalise("\u00e9@x.test")
    soak = os.environ.get("CRM_TUI_SOAK", "") not in ("", "0")
    seen = taken = 0
    for address in written_addresses(320_000 if soak else 3_000, random.Random(14)):
        value, _ = email.normalise(address)
        expected = address.strip().lower()
        assert value == (expected if accepted_by_library(expected) else ""), address
        seen, taken = seen + 1, taken + bool(value)
    print(f"\n{seen:,} addresses, {taken:,} of them usable, as email-validator judges them")
    assert seen / 5 < taken < seen


@settings(deadline=None)
@given(ADDRESSES | ODD | st.text(max_size=40))
@example("h\u0331@x.test")
@example("H\u0331@x.test")
@example("\u212a\u0301@x.test")
def test_idempotent(raw: str) -> None:
    value, _ = email.normalise(raw)
    assert email.normalise(value)[0] == value


@settings(deadline=None)
@given(ADDRESSES | ODD | st.text(max_size=40))
def test_never_turns_another_character_into_ascii(raw: str) -> None:
    value, note = email.normalise(raw)
    if value and not raw.strip().isascii() and value.isascii():
        raise AssertionError(f"{raw!r} became {value!r}")
    assert (not value) or value.isascii() or note


def test_library_is_not_imported_for_plain_addresses() -> None:
    code = (
        "import sys; from crm_tui.identity import email; assert email.normalise('a@x.test')[0];"
        "assert 'email_validator' not in sys.modules; email.normalise('\\u00e9@x.test');"
        "assert 'email_validator' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
