"""Masks keep shape and equality and tell nothing else."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from crm_tui.classify.duplicate_sets import KEEP_FULLEST, KEEP_FULLEST_ANYWAY
from crm_tui.classify.duplicates import NOT_THE_SAME
from crm_tui.classify.fields import LEAVE_DISPUTED
from crm_tui.classify.wording import FIXED_SENTENCES
from crm_tui.console import settings
from crm_tui.console.privacy import Privacy
from crm_tui.handoff.export import FILES
from crm_tui.identity.phone import PhoneNormaliser
from crm_tui.privacy.masking import NOBODY, OWN_FILES, Masks, People, people, telling
from crm_tui.privacy.sentences import Whose, taken_apart
from crm_tui.privacy.vocabulary import PLAIN
from tests.factory import Bench

MASKS = Masks(b"k" * 32, lambda raw: PhoneNormaliser("US").normalise(raw)[0])
ADA = people(
    [
        ("first_name", "Ada"),
        ("last_name", "Chen"),
        ("company", "Harbor Freight of Boston"),
        ("email", "ada.chen@harbor.test"),
        ("phone", "+1 512 555 0101"),
        ("hubspot_contact_id", "10676775000"),
    ]
)


def test_an_email_keeps_its_shape_and_equals_its_twin_in_capitals() -> None:
    mask = MASKS.cell("email", "Ada.Chen@Harbor.test")
    assert re.fullmatch(r"[a-z]{4}•••@[a-z]{4}•••\.test", mask)
    assert mask == MASKS.cell("email", "ada.chen@harbor.test ")
    assert mask != MASKS.cell("email", "ada.chem@harbor.test")
    assert mask.partition("@")[2] == MASKS.cell("email", "bo@harbor.test").partition("@")[2], "the same company"


def test_a_phone_keeps_its_punctuation_and_equals_its_twin_otherwise_written() -> None:
    plain, written = MASKS.cell("phone", "+15125550101"), MASKS.cell("phone", "(512) 555-0101")
    assert re.fullmatch(r"\+•{7}[a-z]{4}", plain)
    assert re.fullmatch(r"\(•••\) •••-[a-z]{4}", written)
    assert plain[-4:] == written[-4:]
    assert plain[-4:] != MASKS.cell("phone", "+15125550102")[-4:]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("close_contact_id", "CLOSE-101"),
        ("record_id", "10676775000"),
        ("starts_at", "2026-05-13T16:00:00-04:00"),
        ("status", "confirmed"),
        ("email_opt_out", "false"),
        ("amount", "1250000.00"),
        ("title", "Follow-up about the order form"),
    ],
)
def test_what_names_nobody_stays(field: str, value: str) -> None:
    assert MASKS.cell(field, value, ADA) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", "Ada"),
        ("company", "Harbor Freight"),
        ("city", "Denver"),
        ("postal_code", "80202"),
        ("birthday", "1980-01-02"),
        ("close_contact_id", "ada chen"),
        ("close_contact_id", "ada@harbor.test"),
        ("record_id", "15125550101"),
        ("status", "ada@harbor.test"),
        ("amount", "512 555 0101 or so"),
        ("whatever_else", "Ada Chen"),
        ("new_value", "Dana Reed"),
    ],
)
def test_what_may_name_somebody_does_not(field: str, value: str) -> None:
    mask = MASKS.cell(field, value, ADA)
    assert not set(re.findall(r"\w{3,}", value.lower())) & set(re.findall(r"\w{3,}", mask.lower())) - {"test"}


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("GHL phone +1 512 555 0101 → +1 555 010 2020.", ("0101", "2020", "512")),
        ("Asked Ada's boss at Harbor", ("Ada", "Harbor")),
        ("ask ADA <ada.chen@harbor.test>, please", ("ADA", "ada", "chen", "harbor")),
        ("call 512\u00a0555\u200b0101", ("0101",)),
        ("“(512) 555-0101.”", ("0101",)),
        ("Read-only: /home/ann/Acme/acme.crm is in use", ("ann", "Acme", "acme")),
        (r"cannot write C:\Users\Ann\acme.crm", ("Ann", "acme")),
        ("came: acme-contacts.csv, 2 new rows", ("acme",)),
        ("see https://acme.test/join?who=ada", ("acme", "ada")),
    ],
)
def test_prose_loses_what_tells_of_people_and_reads_the_same_when_masked_twice(
    text: str, gone: tuple[str, ...]
) -> None:
    once = MASKS.sentence(text, ADA)
    assert [one for one in gone if one in once] == []
    assert MASKS.sentence(once, ADA) == once


@pytest.mark.parametrize(
    "text",
    [
        "Stage for GHL: upsert appointment “Kick-off call”, 12 May 2026 10:00 −04:00 on GHL-501.",
        "Close id CLOSE-101 maps to CLOSE-101/GHL-501 by Close id and e-mail.",
        "updated 2026-05-13T16:00:00-04:00, 2026-05-13 16:00 and 2026-05-13",
        "HubSpot id 10676775000 is in the map; the owner of the company, of the street, name and phone",
        "1,500 rows to decide",
    ],
)
def test_our_own_sentences_stay_readable(text: str) -> None:
    assert MASKS.sentence(text, ADA) == text


def test_a_fixed_sentence_does_not_tell_that_somebody_is_called_by_one_of_its_words() -> None:
    privacy, dana = Privacy(presenting=True), people([("owner", "Dana Fields")])
    assert privacy.text(LEAVE_DISPUTED, dana) == LEAVE_DISPUTED
    assert "fields" not in privacy.text("owner is now Fields", dana).lower()


@pytest.mark.parametrize(
    "label",
    [
        LEAVE_DISPUTED,
        "take HubSpot's",
        "keep GHL's · phone: last agreed's, job title: edited",
        "company: both · leave owner and city",
        "mark as inactive",
        "write nothing",
        "new Close contact",
        "the one contact found",
        KEEP_FULLEST,
        KEEP_FULLEST_ANYWAY,
        NOT_THE_SAME,
        "phone: choice cleared",
    ],
)
@pytest.mark.parametrize(
    "sentence",
    [
        "#3 saved  2-7 → {}",
        "#3 saved  2-7 → approved, {} (with its Close contact)  ·  all decided: ! signs",
        "#1,203 to #1,214 saved  12 rows → approved: {}  ·  conflicts is done, ! goes on to ledger",
        "{} is a choice for the whole row; here the sides are 1 and 2.",
        "approve: {}",
        "{}",
    ],
)
def test_a_choice_is_called_as_in_the_list_wherever_it_is_told_whoever_is_called_so(sentence: str, label: str) -> None:
    text = sentence.format(label)
    called = People(frozenset(re.findall(r"[a-z]+", text.lower())))
    assert MASKS.told(text, called) == text
    assert "Fazackerley" not in MASKS.told(sentence.format("Fazackerley · 2"), People(frozenset(["fazackerley"])))


@pytest.mark.parametrize("said", ["undone: #3 and #4, choose", "done again: the set of #3, needs-client", "note kept"])
def test_what_is_taken_back_is_told_whole_and_its_row_is_not(said: str) -> None:
    called = People(frozenset(["ada", *re.findall(r"[a-z]+", said)]))
    assert MASKS.told(f"#4 saved  row without id {said}", called) == f"#4 saved  row without id {said}"
    assert "Ada" not in MASKS.told(f"#4 saved  Ada-1 {said}", called)


@pytest.fixture(scope="module")
def told_of_rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, People]:
    """What the program says of the rows of a sample, each with the people it is about."""
    found: dict[str, People] = {}
    bench = Bench(tmp_path_factory.mktemp("told")).sample()
    with bench.open() as review:
        privacy = Privacy(review.cases, presenting=True)
        for record_id, case, _ in review.cases.each():
            said = (case.issue, case.why, case.action, case.suggestion_text, *(one.effect for one in case.options))
            labels = (text for row in case.rows for text in (row.label, row.state))
            found |= dict.fromkeys(filter(None, (*said, *labels)), privacy.people(record_id))
    return found


def test_no_word_of_ours_in_a_sentence_tells_that_somebody_is_called_so(told_of_rows: dict[str, People]) -> None:
    assert len(told_of_rows) > 50
    sentences = told_of_rows | dict.fromkeys(FIXED_SENTENCES | {"4 fields differ", "city and company differ"}, NOBODY)
    for text, about in sentences.items():
        pieces = taken_apart(text)
        assert "".join(one.text for one in pieces) == text, f"no form is known of: {text}"
        ours = frozenset(re.findall(r"\w+", " ".join(one.text for one in pieces if one.whose is Whose.OURS).lower()))
        theirs = frozenset(
            re.findall(r"\w+", " ".join(one.text for one in pieces if one.whose is not Whose.OURS).lower())
        )
        assert MASKS.told(text, about | People(ours - theirs)) == MASKS.told(text, about)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Close company → City Phone Dental.", ["City", "Phone", "Dental"]),
        ("HubSpot owner Fields Case → Ann.", ["Fields", "Case"]),
        ("unknown kind of event: Owner Title", ["Owner", "Title"]),
        ("Stage for Close: create a new contact with company City Dental, city Boston.", ["City", "Dental"]),
    ],
)
def test_a_word_of_ours_is_masked_where_a_file_says_it(text: str, gone: list[str]) -> None:
    about = people([("company", "City Phone Dental"), ("owner", "Fields Case"), ("name", "Owner Title")])
    shown = MASKS.told(text, about)
    assert not set(gone) & set(re.findall(r"\w+", shown))
    assert shown.split()[:2] == text.split()[:2], "the words before it are ours"


def test_a_name_is_known_again_wherever_it_stands() -> None:
    ada = MASKS.cell("first_name", "Ada")
    assert ada in MASKS.cell("name", "Ada Chen")
    assert ada in MASKS.sentence("Call with Ada", ADA)
    assert ada.lower() == MASKS.cell("first_name", "ada")


def test_another_key_gives_other_masks() -> None:
    assert Masks(b"x" * 32).cell("email", "ada@harbor.test") != MASKS.cell("email", "ada@harbor.test")


def test_what_is_typed_is_dotted_sign_for_sign() -> None:
    typed = "Ada said: mail ada@harbor.test"
    assert MASKS.dotted(typed, ADA, lambda _: False) == "••• said: mail •••••••••••••••"
    assert len(MASKS.dotted(typed, NOBODY, lambda _: False)) == len(typed)


def test_a_long_text_takes_no_long() -> None:
    assert len(MASKS.sentence("a@" * 500_000, ADA)) < 5_000
    assert len(MASKS.cell("name", "x" * 1_000_000)) < 5_000


@pytest.mark.parametrize("field", ["deal_name", "title", "subject", "summary", "description", "body"])
def test_a_name_in_the_title_of_a_thing_is_masked_and_its_plain_words_stay(field: str) -> None:
    """A deal is often called after its buyer, whom no other cell of the row names."""
    about = people([(field, "Ottoline Fazackerley roof")])
    mask = MASKS.cell(field, "Ottoline Fazackerley roof", about)
    assert "ttoline" not in mask and "azackerley" not in mask and mask.endswith(" roof")
    assert "azackerley" not in MASKS.sentence("upsert opportunity “Ottoline Fazackerley roof”.", about)


@pytest.mark.parametrize(
    "text",
    [
        "Whose number is this?",
        "not ours; the client wrote on Monday, 12 May, that HubSpot is right",
        "same as CLOSE-202, isn't it?",
        "asks for nothing",
        "I spoke to them at 12:30: keep both e-mails",
    ],
)
def test_plain_words_of_what_was_typed_stay(text: str) -> None:
    wanted = text.replace("May", MASKS.words("May")).replace("spoke", MASKS.words("spoke"))
    assert MASKS.typed(text, NOBODY, "CLOSE-202".__eq__) == wanted


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Zenobia says no", "zenobia"),
        ("zenobia says no", "zenobia"),
        ("ask Mr Close about it, or Call", "call"),
        ("will smith wrote", "will smith"),
        ("ABERNATHY LTD wrote", "abernathy ltd"),
        ("same as SMITH-12", "smith 12"),
        ("client number 4711008", "4711008"),
        ("J. Quill wrote", "j quill"),
        ("write to zenobia@quill.test", "zenobia quill"),
    ],
)
def test_every_other_word_is_masked_whether_a_cell_holds_it_or_not(text: str, gone: str) -> None:
    for seen in (MASKS.typed(text, NOBODY, lambda _: False), MASKS.dotted(text, NOBODY, lambda _: False)):
        assert not set(gone.split()) & set(re.findall(r"\w+", seen.lower())), seen
    assert len(MASKS.dotted(text, NOBODY, lambda _: False)) == len(text)


def test_a_mask_is_not_masked_again() -> None:
    once = MASKS.typed("Zenobia at zenobia@quill.test has /home/quill/a b.csv", NOBODY, lambda _: False)
    assert MASKS.typed(once, NOBODY, lambda _: False) == once
    assert MASKS.sentence(once) == once


def test_what_was_typed_is_known_by_its_telling_words() -> None:
    assert telling("Zenobia never wrote to Quillfeather") == {"zenobia", "quillfeather"}


def test_no_plain_word_is_the_name_of_somebody_in_the_samples() -> None:
    samples = [row for name in ("drift", "duplicates") for row in _people(name)]
    names = {row[column].lower() for row in samples for column in ("First Name", "Last Name")}
    assert len(names) > 30
    assert not {name for name in names if len(name) > 2} & PLAIN, "of two letters: typing errors of the sample"
    assert not {"will", "may", "mark", "bill", "grace", "rose", "hope", "art", "rich", "frank", "page"} & PLAIN


def _people(sample: str) -> list[dict[str, str]]:
    path = Path(__file__).parents[2] / "sample_exports" / sample / "hubspot-contacts.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_street_is_masked_to_its_last_word_in_a_sentence_too() -> None:
    about = people([("street", "14 Elm Street")])
    assert "Street" not in MASKS.sentence("moved from 14 Elm Street.", about)
    assert MASKS.sentence("which Street?", about) == "which Street?"


def test_a_sentence_names_the_files_that_are_the_programs_own() -> None:
    assert {settings.FILE, *FILES} <= OWN_FILES
    sentence = MASKS.sentence("/home/quill/settings.toml, line 3, theme: quill.toml is none")
    assert sentence.startswith("…/settings.toml, line 3, theme: ")
    assert "quill" not in sentence
