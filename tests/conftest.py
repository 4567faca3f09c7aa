"""What holds for every test."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """No test touches the data folder of whoever runs it: checkpoints, receipts and keys go into one of the session."""
    folder = tempfile.mkdtemp(prefix="crm-tui-tests-")
    os.environ["CRM_TUI_DATA_DIR"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``CRM_TUI_NO_SKIP`` a skipped test is a failure: CI installs what the tests need."""
    if not os.environ.get("CRM_TUI_NO_SKIP"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        for report in skipped:
            reporter.write_line(f"skipped, and must not be: {report.nodeid}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
