"""The figures of "What we promise and how we test it" in the README: trials of a promise, as many as one lets run.

    python -m tests.soak [PROMISE ...] [--minutes 5]

Each promise is a module with ``trials``, an endless generator: it yields after each trial and raises at a fault.
``test_soak.py`` runs a few trials of each in CI.  Faults at every file operation, power cuts and flipped bits have
soaks of their own (``CRM_TUI_SOAK=1``, see ``tests/reliability`` and ``tests/handoff``).
"""
