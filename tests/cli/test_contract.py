"""The command line is a contract (architecture.md): commands, help, JSON shapes, exit codes, keys and trust."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest
from tests_cli_support import (
    COMMANDS,
    ERROR_ROWS,
    SUBCOMMANDS,
    Cli,
    allowed_line,
    decide_everything,
    is_refusal,
    write_decisions,
)

import crm_tui

# -- what exists


def test_version(cli: Cli) -> None:
    done = cli("--version")
    assert (done.code, done.out) == (0, f"crm-tui {crm_tui.__version__}\n")


def test_help_lists_exactly_the_commands_that_work(cli: Cli) -> None:
    shown = cli("--help")
    assert shown.code == 0
    listed = re.findall(r"^    ([a-z-]+) {2,}(\S.*)$", shown.out.split("commands:")[1], re.MULTILINE)
    assert sorted(name for name, _ in listed) == sorted(COMMANDS)
    assert all(len(summary) > 10 for _, summary in listed), "every command says in a line what it is for"


def test_a_command_that_is_not_there_is_refused_by_its_name(cli: Cli) -> None:
    done = cli("dedupe", "x")
    assert done.code == 2
    assert "'dedupe'" in done.err


def test_the_overview_is_the_same_when_no_command_is_made_for_it() -> None:
    from crm_tui.cli.parser import build_parser

    assert build_parser(["--help"]).format_help() == build_parser().format_help()


@pytest.mark.parametrize("command", [*([name] for name in COMMANDS), *map(list, SUBCOMMANDS)], ids=" ".join)
def test_help_of_a_command_says_what_it_does(cli: Cli, command: list[str]) -> None:
    shown = cli(*command, "--help")
    assert shown.code == 0
    assert shown.err == ""
    assert "Traceback" not in shown.out
    usage, _, rest = shown.out.partition("\n\n")
    assert usage.startswith(f"usage: crm-tui {' '.join(command)}")
    description = rest.split("\n\n")[0]
    assert len(description) >= 15, description
    assert description[0].isupper()
    assert "==SUPPRESS==" not in shown.out
    assert max(map(len, shown.out.splitlines())) <= 130


def test_help_names_only_commands_that_exist(cli: Cli) -> None:
    """No sentence of the help sends the reader to a command that is not there yet."""
    texts = [cli("--help").out, *(cli(name, "--help").out for name in COMMANDS)]
    named = {name for text in texts for name in re.findall(r"`?crm-tui ([a-z]+)\b", text)}
    assert named <= set(COMMANDS), named - set(COMMANDS)


def test_without_a_workspace_the_program_says_how_to_start(cli: Cli) -> None:
    done = cli()
    assert is_refusal(done, 2)
    assert "crm-tui demo" in done.err


# -- load, demo, review


def test_load_json_is_the_object_of_the_contract(cli: Cli, place: Path) -> None:
    done = cli("load", "src", "-w", "X.crm", "--json")
    assert done.code == 0
    found = json.loads(done.out)
    assert list(found) == ["workspace", "rows", "ledger", "conflicts", "errors", "sources"]
    assert (found["rows"], found["ledger"], found["conflicts"], found["errors"]) == (13, 5, 5, 3)
    assert Path(found["workspace"]).name == "X.crm"
    for source in found["sources"]:
        assert list(source) == ["name", "system", "kind", "sha256", "rows", "ledger", "conflicts", "errors"]
        assert re.fullmatch(r"[0-9a-f]{64}", source["sha256"])
        assert [type(source[name]) for name in ("rows", "ledger", "conflicts", "errors")] == [int] * 4
    by_name = {source["name"]: source for source in found["sources"]}
    assert len(by_name) == len(found["sources"]) == 5
    judged = {
        name: source for name, source in by_name.items() if source["ledger"] + source["conflicts"] + source["errors"]
    }
    assert sorted(judged) == ["activity-events.csv", "close-appointments.csv", "ghl-contact-changes.csv"]
    for source in judged.values():
        assert source["rows"] == source["ledger"] + source["conflicts"] + source["errors"]
    assert sum(source["rows"] for source in judged.values()) == 13


def test_load_json_describes_the_whole_workspace_after_a_second_load(cli: Cli, place: Path) -> None:
    cli("load", "src/contact-map.csv", "src/activity-events.csv", "-w", "X.crm")
    part = json.loads(cli("load", "src/activity-events.csv", "-w", "X.crm", "--json").out)
    assert (part["rows"], len(part["sources"])) == (5, 2)
    whole = json.loads(cli("load", "src", "-w", "X.crm", "--json").out)
    assert (whole["rows"], whole["ledger"], whole["conflicts"], whole["errors"]) == (13, 5, 5, 3)


def test_load_counts_what_the_contact_map_lacks_and_names_the_first_five(cli: Cli, place: Path) -> None:
    contact_map = place / "src" / "contact-map.csv"
    columns = len(contact_map.read_text().splitlines()[0].split(","))
    with contact_map.open("a") as stream:
        stream.writelines(f"NEW-{number}{',' * (columns - 1)}\n" for number in range(20))
    few, every = (cli("load", "src", "-w", "X.crm", *more).out.splitlines() for more in ((), ("--findings",)))
    told = [line for line in few if line.startswith("contact map: ")]
    whole = [line for line in every if line.startswith("contact map: ")]
    assert re.fullmatch(r"contact map: (\d+) findings in \d+ entries", told[0])
    number = len(whole) - 1
    assert number >= 20
    assert told[0] == whole[0]
    assert f" {number} findings" in told[0]
    assert told[1:6] == whole[1:6]
    assert told[6:] == [f"contact map: {number - 5} more; all of them: crm-tui load FILE -w WORKSPACE --findings"]


def test_loading_the_same_again_changes_nothing(cli: Cli, workspace: Path) -> None:
    before = cli("load", "src", "-w", "X.crm", "--json")
    again = cli("load", "src", "-w", "X.crm", "--json")
    assert again.out == before.out
    assert "5 unchanged" in again.err


def test_who_loads_is_the_reviewer_from_then_on(cli: Cli, place: Path) -> None:
    cli("load", "src", "-w", "X.crm", "--reviewer", "Ann")
    cli("decide", "-w", "X.crm", "--from", write_decisions(place, [("APT-7001", "approve")]))
    cli("load", "src", "-w", "X.crm")
    cli("decide", "-w", "X.crm", "--from", write_decisions(place, [("APT-7001", "undo")]))
    assert {entry["by"] for entry in json.loads(cli("journal", "-w", "X.crm", "--json").out)} == {"Ann"}


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_loaded(cli: Cli, place: Path) -> None:
    (place / "src" / "broken.csv").write_bytes(b"\x00\x01")
    done = cli("load", "src", "-w", "X.crm", "--json")
    assert done.code == 2
    assert "src/broken.csv" in done.err
    assert json.loads(done.out)["rows"] == 13


def test_rows_that_cannot_be_judged_are_no_failure_of_the_command(cli: Cli, place: Path) -> None:
    with (place / "src" / "activity-events.csv").open("a") as stream:
        stream.write("ACT-1,gmail\n")
    done = cli("load", "src", "-w", "X.crm", "--json")
    assert done.code == 0
    assert json.loads(done.out)["errors"] == 4


def test_demo_without_a_terminal_prints_the_summary_and_the_place(cli: Cli, place: Path) -> None:
    done = cli("demo")
    assert done.code == 0
    assert "rows 13: ledger 5 · conflicts 5 · errors 3" in done.out
    assert "note:" not in done.err, "nothing is said of the workspace that is being made"
    path = Path(re.search(r"^workspace +(\S+)$", done.out, re.MULTILINE)[1])  # type: ignore[index]
    assert path.is_file()
    assert path.is_relative_to(place / "data")
    assert (path.parent / "contact-map.csv").is_file()
    assert f"crm-tui review -w {path}" in done.out


def test_each_demo_is_a_workspace_of_its_own(cli: Cli, place: Path) -> None:
    first, second = cli("demo"), cli("demo", "first-slice")
    assert first.code == second.code == 0
    assert "another copy of the sample is there; crm-tui --start lists them" in second.err
    assert len(list((place / "data" / "demo").glob("*/*.crm"))) == 2


def test_an_unknown_sample_is_refused_with_the_known_ones(cli: Cli, place: Path) -> None:
    done = cli("demo", "nope")
    assert is_refusal(done, 2)
    assert "first-slice" in done.err
    assert not (place / "data").exists()


def test_the_program_alone_opens_the_last_workspace(cli: Cli, workspace: Path) -> None:
    cli("review", "-w", "X.crm")
    done = cli()
    assert done.code == 0
    assert str(workspace) in done.out


def test_review_keeps_one_workspace_per_place(cli: Cli, place: Path) -> None:
    assert cli("review", "src").code == 0
    assert cli("review", "src").code == 0
    assert len(list((place / "data" / "workspaces").glob("*.crm"))) == 1


# -- rows, decide, journal, export


def test_rows_json(cli: Cli, place: Path) -> None:
    with (place / "src" / "activity-events.csv").open("a") as stream:
        stream.write("ACT-1,gmail\n")
    done = cli("rows", "src/activity-events.csv", "--json")
    assert done.code == 0
    found = json.loads(done.out)
    assert list(found)[:6] == ["rows", "errors", "encoding", "dialect", "system", "kind"]
    assert len(found["rows"]) == 5
    assert found["rows"][0][:3] == ["ACT-9101", "gmail", "Owner@harborlight.test"]
    assert [list(error) for error in found["errors"]] == [["line", "reason"]]
    assert found["errors"][0]["line"] == 7
    assert len(found["errors"][0]["reason"]) > 10
    assert (found["encoding"], found["kind"]) == ("utf-8", "activity")
    assert not (place / "data").exists(), "nothing is stored"


def test_journal_json_is_the_array_of_the_contract(cli: Cli, workspace: Path, place: Path) -> None:
    assert json.loads(cli("journal", "-w", "X.crm", "--json").out) == []
    lines = [("APT-7001", "approve"), ("CHG-8802", "CLOSE-303/GHL-503"), ("APT-7001", "undo")]
    assert cli("decide", "-w", "X.crm", "--from", write_decisions(place, lines), "--reviewer", "Ann").code == 0
    found = json.loads(cli("journal", "-w", "X.crm", "--json").out)
    assert {"seq", "id", "choice", "by", "at", "undone"} <= set(found[0])
    assert [entry["id"] for entry in found] == ["APT-7001", "CHG-8802", "APT-7001"]
    assert [entry["undone"] for entry in found] == [True, False, False]
    assert {entry["by"] for entry in found} == {"Ann"}
    assert [entry["seq"] for entry in found] == sorted({entry["seq"] for entry in found})
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["at"]) for entry in found)


def test_a_refused_line_has_its_number_and_the_others_go_on(cli: Cli, workspace: Path, place: Path) -> None:
    lines = [("APT-7001", "approve"), ("nobody", "approve"), ("APT-7002", "approve"), ("CHG-8804", "approve")]
    done = cli("decide", "-w", "X.crm", "--from", write_decisions(place, lines))
    assert done.code == 1
    assert re.findall(r"^line (\d+) refused: .{15,}$", done.err, re.MULTILINE) == ["3", "4"]
    assert re.findall(r"^#\d+ saved  (\S+) ", done.out, re.MULTILINE) == ["APT-7001", "CHG-8804"]
    assert len(json.loads(cli("journal", "-w", "X.crm", "--json").out)) == 2


@pytest.mark.parametrize("event_id", ERROR_ROWS)
def test_an_error_row_cannot_be_approved(cli: Cli, workspace: Path, place: Path, event_id: str) -> None:
    assert cli("decide", "-w", "X.crm", "--from", write_decisions(place, [(event_id, "approve")])).code == 1
    assert json.loads(cli("journal", "-w", "X.crm", "--json").out) == []


def test_export_writes_the_four_views(cli: Cli, workspace: Path, place: Path) -> None:
    done = cli("export", "-w", "X.crm", "-o", "views")
    assert done.code == 0
    names = ["conflict-queue.csv", "error-log.csv", "first-slice-map.csv", "sync-ledger.csv"]
    assert sorted(path.name for path in (place / "views").iterdir()) == names
    assert sorted(done.out.split()) == [f"views/{name}" for name in names]
    heads = {name: (place / "views" / name).read_bytes().count(b"\r\n") for name in names}
    assert heads == {"conflict-queue.csv": 6, "error-log.csv": 4, "first-slice-map.csv": 5, "sync-ledger.csv": 6}


def test_export_never_writes_over_a_file_that_was_loaded(cli: Cli, place: Path) -> None:
    """``first-slice-map.csv`` is the name of an input and of a view; a source is never written to (invariant 2)."""
    cli("load", "src", "-w", "X.crm")
    before = {path.name: path.read_bytes() for path in (place / "src").iterdir()}
    cli("export", "-w", "X.crm", "-o", "src")
    assert {name: (place / "src" / name).read_bytes() for name in before} == before


def test_policy_check_and_show(cli: Cli, workspace: Path, place: Path) -> None:
    shown = cli("policy", "show")
    assert shown.code == 0
    (place / "own.toml").write_text(shown.out, encoding="utf-8")
    assert cli("policy", "check", "own.toml").code == 0
    assert cli("policy", "show", "-w", "X.crm").out.strip() == shown.out.strip()
    (place / "bad.toml").write_text("[nonsense]\nx = 1\n", encoding="utf-8")
    done = cli("policy", "check", "bad.toml")
    assert is_refusal(done, 2)
    assert "bad.toml" in done.err
    assert "nonsense" in done.err


def test_keys_prints_every_key_of_the_registry(cli: Cli) -> None:
    from crm_tui.console.actions import ACTIONS

    card = cli("keys").out
    for action in ACTIONS:
        if action.keys:
            assert f"  {action.shown_keys} " in card
            assert action.help in card


# -- key, trust, handoff, verify


def test_key_new_prints_one_line_for_the_receiver_and_the_fingerprint_aside(cli: Cli, place: Path) -> None:
    made = cli("key", "new", "--as", "ann@example.test")
    assert made.code == 0
    assert re.fullmatch(
        r'ann@example\.test namespaces="crm-tui-handoff-v1" ssh-ed25519 [A-Za-z0-9+/]+={0,2}\n', made.out
    )
    assert re.fullmatch(r"(?:fingerprint )?SHA256:[A-Za-z0-9+/]{43}\n", made.err)
    assert cli("key", "show") == made
    key = place / "data" / "keys" / "signing_ed25519"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700


def test_the_default_principal_is_in_lower_case(cli: Cli) -> None:
    principal = cli("key", "new").out.split(" ")[0]
    assert re.fullmatch(r"[a-z0-9._+-]+@[a-z0-9.-]+", principal)


def test_a_second_key_new_refuses_and_keeps_the_key(cli: Cli, place: Path) -> None:
    made = cli("key", "new", "--as", "ann@example.test")
    kept = {path.name: path.read_bytes() for path in (place / "data" / "keys").iterdir()}
    again = cli("key", "new", "--as", "bob@example.test")
    assert again.code in (1, 2)
    assert is_refusal(again, again.code)
    assert "signing_ed25519" in again.err
    assert {path.name: path.read_bytes() for path in (place / "data" / "keys").iterdir()} == kept
    assert cli("key", "show").out == made.out


def test_key_show_without_a_key_says_how_to_make_one(cli: Cli, place: Path) -> None:
    done = cli("key", "show")
    assert done.code in (1, 2)
    assert "crm-tui key new" in done.err
    assert done.out == ""
    assert not (place / "data").exists(), "asking makes nothing"


@pytest.mark.parametrize("address", ["Ann@example.test", "ann", "*@example.test", "a b@c", "", "ann@"])
def test_an_address_that_a_trust_file_cannot_hold_makes_no_key(cli: Cli, place: Path, address: str) -> None:
    done = cli("key", "new", "--as", address)
    assert done.code == 2
    assert done.out == ""
    assert not (place / "data" / "keys").exists()


def test_handoff_without_a_key_makes_one_and_says_so(cli: Cli, workspace: Path, place: Path) -> None:
    done = cli("handoff", "-w", "X.crm", "-o", "h.zip")
    assert done.code == 0
    assert str(place / "data" / "keys" / "signing_ed25519") in done.err
    assert "partial" in done.out
    assert "10 rows" in done.out
    again = cli("handoff", "-w", "X.crm", "-o", "h.zip")
    assert (again.code, again.err) == (0, ""), "the second time there is a key"


def test_an_unknown_signer_is_refused_with_the_line_to_type(cli: Cli, workspace: Path) -> None:
    line = cli("key", "new", "--as", "ann@example.test").out.strip()
    cli("handoff", "-w", "X.crm", "-o", "h.zip")
    done = cli("verify", "h.zip")
    assert (done.code, done.out) == (1, "")
    assert "trust.unknown-key" in done.err
    assert f"crm-tui trust add '{line}'" in done.err
    assert cli("trust", "list").out == "nobody is believed yet\n"


def test_the_line_typed_with_the_right_end_of_the_fingerprint(cli: Cli, workspace: Path) -> None:
    made = cli("key", "new", "--as", "ann@example.test")
    cli("handoff", "-w", "X.crm", "-o", "h.zip")
    line = allowed_line(cli("verify", "h.zip").err)
    wrong = cli("trust", "add", line, "--confirm", "AAAAAA")
    assert wrong.code in (1, 2)
    assert is_refusal(wrong, wrong.code)
    assert cli("verify", "h.zip").code == 1, "a wrong end adds nothing"
    assert cli("trust", "add", line, "--confirm", made.err.strip()[-6:]).code == 0
    assert "ann@example.test" in cli("trust", "list").out
    good = cli("verify", "h.zip")
    assert good.code == 0
    assert "ann@example.test" in good.out
    assert cli("trust", "remove", "ann@example.test").code == 0
    assert cli("verify", "h.zip").code == 1


def test_without_a_terminal_the_fingerprint_must_be_given(cli: Cli, place: Path) -> None:
    line = cli("key", "new", "--as", "ann@example.test").out.strip()
    done = cli("trust", "add", line)
    assert is_refusal(done, 2)
    assert "--confirm" in done.err
    assert not (place / "data" / "allowed_signers").exists()


def test_verify_json(cli: Cli, workspace: Path, place: Path) -> None:
    line = cli("key", "new", "--as", "ann@example.test").out
    (place / "signers").write_text(line)
    sealed = cli("handoff", "-w", "X.crm", "-o", "h.zip")
    handoff_id = re.search(r"[0-9a-f]{64}", sealed.out)[0]  # type: ignore[index]
    good = cli("verify", "h.zip", "--signers", "signers", "--json")
    found = json.loads(good.out)
    assert good.code == 0
    assert list(found) == ["ok", "code", "message", "signer", "handoff_id", "not_checked"]
    assert (found["ok"], found["signer"], found["handoff_id"]) == (True, "ann@example.test", handoff_id)
    compared = json.loads(cli("verify", "h.zip", "--signers", "signers", "--inputs", "src", "--json").out)
    assert len(compared["not_checked"]) == len(found["not_checked"]) - 1, "with --inputs one thing more is checked"
    assert all("input" in item or "earlier" in item for item in found["not_checked"])
    bad = cli("verify", "h.zip", "--json")
    refused = json.loads(bad.out)
    assert bad.code == 1
    assert list(refused) == list(found)
    assert (refused["ok"], refused["code"], refused["signer"]) == (False, "trust.unknown-key", None)


def test_require_complete(cli: Cli, workspace: Path, place: Path) -> None:
    (place / "signers").write_text(cli("key", "new").out)
    cli("handoff", "-w", "X.crm", "-o", "part.zip")
    assert cli("verify", "part.zip", "--signers", "signers").code == 0
    refused = cli("verify", "part.zip", "--signers", "signers", "--require-complete")
    assert refused.code == 1
    assert "10 rows" in refused.err
    decide_everything(cli, place)
    full = cli("handoff", "-w", "X.crm", "-o", "full.zip")
    assert "full" in full.out
    assert cli("verify", "full.zip", "--signers", "signers", "--require-complete").code == 0


def test_other_inputs_are_refused(cli: Cli, workspace: Path, place: Path) -> None:
    (place / "signers").write_text(cli("key", "new").out)
    cli("handoff", "-w", "X.crm", "-o", "h.zip")
    path = place / "src" / "contact-map.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    done = cli("verify", "h.zip", "--signers", "signers", "--inputs", "src")
    assert done.code == 1
    assert "inputs.mismatch" in done.err
    assert "contact-map.csv" in done.err


def test_a_handoff_holds_what_was_decided(cli: Cli, workspace: Path, place: Path) -> None:
    decide_everything(cli, place)
    cli("handoff", "-w", "X.crm", "-o", "h.zip", "--reviewer", "Ann")
    with zipfile.ZipFile(place / "h.zip") as archive:
        statement = json.loads(archive.read("handoff.json"))
    assert statement["complete"] is True
    assert statement["counts"]["outstanding"] == 0
    assert statement["reviewer"]["name"] == "Ann"


@pytest.mark.parametrize("target", ["X.crm", "src/contact-map.csv", "data/keys/signing_ed25519", "notes.txt"])
def test_handoff_never_replaces_a_file_that_is_no_handoff(cli: Cli, workspace: Path, place: Path, target: str) -> None:
    """One slip of the tab key must not cost the workspace, an export, the signing key or anybody's notes."""
    (place / "notes.txt").write_text("mine")
    cli("key", "new")
    before = (place / target).read_bytes()
    done = cli("handoff", "-w", "X.crm", "-o", target)
    assert (place / target).read_bytes()[:100] == before[:100], f"{target} was destroyed, exit code {done.code}"
    assert done.code == 2


@pytest.mark.parametrize(
    "typed", [["--present"], ["--present", "demo"], ["demo", "--present"], ["review", "x", "--present"]]
)
def test_present_counts_wherever_it_stands(typed: list[str]) -> None:
    """A mask that was asked for is never left off because of its place among the words."""
    from crm_tui.cli.parser import build_parser

    assert build_parser().parse_args(typed).present is True
    assert build_parser().parse_args([word for word in typed if word != "--present"]).present is False
