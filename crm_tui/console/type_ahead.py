"""Keys one after the other: none is at work before the one ahead of it has done all that it does.

Textual hands a key at once to the widget that has the focus, while the action of the key before it is still to come.
Words that are typed in one burst after the key that asks for them would be taken for keys of the review.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, TypeVar

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

Result = TypeVar("Result")
_PATIENCE = 3.0
"""Seconds after which a key that has not come back is given up."""


class UnderWay(NamedTuple):
    """A key that was handed out, and has not come back yet."""

    key: events.Key
    target: Widget
    screen: Screen[object]


class Settled(Message):
    """All that a key has set off from its widget has gone up to the application."""


class TypeAhead(App[Result], inherit_bindings=False):
    """An application that hands out a key only when the one before has come back, and what it opened can take it."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[events.Key] = deque()
        self._under_way: UnderWay | None = None

    async def on_event(self, event: events.Event) -> None:
        """Keep keys in order; everything else as ever."""
        if not isinstance(event, events.Key):
            await super().on_event(event)
        elif not event.is_forwarded:
            await self._take(event)
        else:
            await super().on_event(event)
            if self._under_way and self._under_way.key is event:
                self._come_back(self._under_way)

    async def _take(self, key: events.Key) -> None:
        """A new key: it waits for the one that is under way, unless that one went down with its screen."""
        ahead = self._under_way
        if ahead and ahead.target.is_attached and key.time - ahead.key.time < _PATIENCE:
            self._waiting.append(key)
            return
        if ahead:
            # What has waited for it was typed into something that is gone.
            self._waiting.clear()
        self._waiting.append(key)
        await self._go_on()

    async def _go_on(self) -> None:
        """Hand out what waits, up to the first key that comes back."""
        self._under_way = None
        while self._waiting and not self._under_way:
            key, target, screen = self._waiting.popleft(), self.focused or self.screen, self.screen
            taken = isinstance(target, Input) and key.is_printable
            await super().on_event(key)
            if key.is_forwarded and not taken:
                self._under_way = UnderWay(key, target, screen)

    def _come_back(self, done: UnderWay) -> None:
        """Go on behind all that the key has set off: a screen, a change of the focus, the words of an input."""
        if self.screen is not done.screen and self.screen.call_after_refresh(self.call_later, self._go_on):
            self._under_way = done._replace(target=self.screen)
        elif not isinstance(done.target, Input) or not done.target.post_message(Settled()):
            self.call_later(self._go_on)

    async def on_settled(self) -> None:
        """The words are where they belong."""
        await self._go_on()
