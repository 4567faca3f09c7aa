"""Card numbers and access tokens are found and masked; phone numbers, times and uuids are not."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm_tui.identity.secrets import CARD, TOKEN, find_secret, mask_secrets

CARDS = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4222222222222",
    "3782 822463 10005",
    "5555555555554444",
    "2223003122003222",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
]
# Joined from parts, so that no scanner takes this file for one that holds a key.
TOKENS = [
    "sk_" + "live_abcdefgh12345678",
    "gh" + "p_0123456789abcdefABCDEF0123456789abcd",
    "xox" + "b-123456789012-abcdef",
    "AK" + "IAIOSFODNN7EXAMPLE",
    "AI" + "zaSyA1234567890abcdefghijklmnopqrstuvw",
    "ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "Bearer " + "abcdef1234567890",
    "pat-" + "na1-12345678-abcd",
    "ya" + "29.a0AfH6SMB12345",
    "gl" + "pat-abcdefgh12345678",
    "sk-" + "ant-abcdefghijklmnopqrst",
    "AS" + "IAIOSFODNN7EXAMPLE",
    "xox" + "p-abcdefghijkl",
    "github" + "_pat_abcdefghijklmnop",
]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    "around", ["{}", "card: {} please", "2024-01-05 {}", "2 {}, thanks", "{} 2nd", "{} 7777777 {}"]
)
def test_cards(card: str, around: str) -> None:
    text = around.replace("{}", card)
    assert find_secret(text) == CARD
    assert mask_secrets(text) == around.replace("{}", "[card number, masked]")


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("around", ["{}", "use {} now", "key:{}"])
def test_tokens(token: str, around: str) -> None:
    text = around.format(token)
    assert find_secret(text) == TOKEN
    assert mask_secrets(text) == around.format("[access token, masked]")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("password=hunter2 ok", "password=[access token, masked] ok"),
        ("my API_KEY = abcd1234&x=1", "my API_KEY = [access token, masked]&x=1"),
        ("?access_token=abcd1234", "?access_token=[access token, masked]"),
        (
            "-----BEGIN RSA PRIVATE" + " KEY-----\nMII\n-----END RSA PRIVATE KEY----- x",
            "[access token, masked] x",
        ),
        ("-----BEGIN PRIVATE" + " KEY-----\ncut off", "[access token, masked]"),
    ],
)
def test_assignments_and_keys(text: str, masked: str) -> None:
    assert find_secret(text) == TOKEN
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ann Lee",
        "+4111111111111111",
        " +41 11 111 111 111 1111",
        "+49 (0) 4111 1111 1111 1111",
        "call +49 4111 1111 1111 1111",
        "41111111-1111-1111-a111-111111111111",
        "4111111111111112",
        "1234567890123452",
        "2024-01-05T12:34:56.789012Z",
        "30-01-2024 123456",
        "1700000000000000",
        "41111111-1111-4111-8111-111111111111",
        "a1b2c3d4-4111-4111-8111-111111111111",
        "CLOSE-4111111111111111",
        "4111111111111111x",
        "0" * 5000,
        "password reset sent",
        "task-force of the desk-top team",
        "the bearer responsibilities",
        "(555) 010-1010",
        "buyer@clearwater.test",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert find_secret(text) == ""
    assert mask_secrets(text) == text


def test_several_are_all_masked_and_the_first_is_named() -> None:
    text = f"{CARDS[0]} and {TOKENS[0]} and {CARDS[1]}"
    assert find_secret(text) == CARD
    assert mask_secrets(text) == "[card number, masked] and [access token, masked] and [card number, masked]"


def test_what_is_both_is_masked_once_and_whole() -> None:
    assert mask_secrets(f"password={CARDS[0]} x").count("masked") == 1
    assert mask_secrets(f"password={CARDS[0]}-and-more") == "password=[access token, masked]"


PIECES = st.sampled_from([*CARDS, *TOKENS, "password=", "api_key = ", "+", " ", "-", "x", "2024-01-05", ",", "é"])


@settings(max_examples=400, deadline=None)
@example(f"password={CARDS[0]}")
@example(f"password={CARDS[0]}-and-more")
@given(st.lists(PIECES | st.text(max_size=5), max_size=6).map("".join))
def test_nothing_is_left_after_masking(text: str) -> None:
    masked = mask_secrets(text)
    assert find_secret(masked) == ""
    assert mask_secrets(masked) == masked
    assert (masked != text) == bool(find_secret(text))
