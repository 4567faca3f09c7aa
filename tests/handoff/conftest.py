from __future__ import annotations

from tests.properties.profiles import SOAK

# A soak of its own: it needs LibreOffice, and minutes.
collect_ignore = [] if SOAK else ["test_libreoffice.py"]
