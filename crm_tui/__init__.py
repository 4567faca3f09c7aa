"""crm-tui: review CRM exports against a contact map, decide with the client, hand off signed decisions."""

__version__ = "0.1.0"
