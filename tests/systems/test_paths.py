"""The language in which a system's file says where a value lies in a payload."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.systems.paths import Member, Number, Value, compact, compiled, text_of

PERSON: Value = {
    "id": Number("0173592202426.0"),
    "name": "Ann",
    "vip": True,
    "nick": None,
    "emails": [{"value": "ann@one.test", "label": "work"}, {"value": "a@two.test", "label": "Home"}],
    "tags": ["new", Number("7"), None, "hot"],
    "none": [],
    "account": {"Name": "One, Inc.", "size": Number("1e3")},
    "custom.cf_1": "gold",
    "previous": {"email": "old@one.test", "phone": None},
    "blank": " ",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("name", "Ann"),
        ("id", "0173592202426.0"),
        ("vip", "true"),
        ("nick", ""),
        ("account.Name", "One, Inc."),
        ("account", '{"Name":"One, Inc.","size":1e3}'),
        ("emails[].value", "ann@one.test; a@two.test"),
        ("emails[0].value", "ann@one.test"),
        ("emails[label=home].value", "a@two.test"),
        ('emails[label="home"].value', "a@two.test"),
        ("tags[]", "new; 7; hot"),
        ("tags", "new; 7; hot"),
        ("none[]", ""),
        ('"custom.cf_1"', "gold"),
        ("previous{}", "email; phone"),
        ("missing|name", "Ann"),
        ("nick|name", ""),
        ("nick||name", "Ann"),
        ("blank||missing||name", "Ann"),
        ("blank||missing", " "),
        ("missing|nick||account.Name", "One, Inc."),
        ("^event", "updated"),
    ],
)
def test_a_path_gives_the_text_as_written(path: str, text: str) -> None:
    assert compiled(path).text(PERSON, {"event": "updated"}) == text


@pytest.mark.parametrize(
    "path",
    [
        "missing",
        "missing.name",
        "name.first",
        "nick.first",
        "emails.value",
        "emails[2].value",
        "emails[label=car].value",
        "emails[].phone",
        "account[]",
        "name{}",
        "^name",
        "missing||nothing",
    ],
)
def test_what_is_not_there_is_absent_and_not_blank(path: str) -> None:
    assert compiled(path).text(PERSON, {}) is None


def test_the_column_s_separator_joins_a_list() -> None:
    assert compiled("emails[].value").text(PERSON, None, "\n") == "ann@one.test\na@two.test"
    assert compiled("tags").text(PERSON, None, ", ") == "new, 7, hot"


def test_a_record_that_is_a_plain_value_is_itself() -> None:
    assert compiled(".").text(Number("117"), {}) == "117"
    assert compiled(".|^id").text("x", {"id": "root"}) == "x"


def test_a_path_tells_whether_it_needs_the_root_and_what_it_covers() -> None:
    assert compiled("a|^b.c").from_root
    assert not compiled("a.b").from_root
    assert compiled("a[0].b|^c|d{}").covers == {"a", "d"}


def test_every_text_at_a_path_stands_by_itself_for_the_router() -> None:
    assert compiled("emails[].label").texts(PERSON, PERSON) == ["work", "Home"]
    assert compiled("missing").texts(PERSON, PERSON) is None


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a.", "a[", "a[x]", "a]b", "a{b}", "a||", "|a", 'a."b', "^"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        compiled(path)


_NAMES = st.text(st.characters(exclude_characters='"', exclude_categories=("Cs",)), min_size=1)


@given(_NAMES, st.text())
def test_any_member_can_be_named_in_quotes(name: str, value: str) -> None:
    path = compiled(f'"{name}"')
    assert path.ways[0][0].steps == (Member(name),)
    assert path.text({name: value}, None) == value


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_compact_json_of_a_value_says_the_same(value: Value) -> None:
    import json

    assert json.loads(compact(value)) == value
    assert isinstance(text_of(value), str)


def test_a_list_that_a_column_shows_is_not_shown_again_beside_it() -> None:
    assert compiled("labelIds[]").consumed == frozenset(("labelIds",))
    assert compiled("previous{}").consumed == frozenset()


def test_the_item_that_is_marked_stands_first_and_the_others_keep_their_order() -> None:
    record = {"email": [{"value": "b"}, {"value": "a", "primary": True}, {"value": "c", "primary": False}]}
    assert compiled("email[!primary].value").text(record, record, ",") == "a,b,c"
