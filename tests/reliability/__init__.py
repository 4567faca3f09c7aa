"""The real program under faults: kills, failing file operations and power cuts at every file operation.

In CI a sample of them runs (a minute in all).  For a soak, every operation and forty times as many power cuts::

    CRM_TUI_SOAK=1 python -m pytest tests/reliability -s

It prints how many trials it came to.  Needs Linux with glibc and a C compiler for ``interposer.c``.
"""
