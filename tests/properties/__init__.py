"""Invariants 1 to 8 of architecture.md as properties of generated exports, maps, policies and decision sequences.

In CI (profile ``ci``: few examples, the same ones every time)::

    python -m pytest tests/properties

For a soak (profile ``soak``: forty times as many examples, new ones every time; about an hour)::

    CRM_TUI_SOAK=1 python -m pytest tests/properties

A failure of a soak prints the ``@reproduce_failure`` line that brings it back.
"""
