"""HTML that changes while somebody types into it."""

from __future__ import annotations

from nicegui.elements.mixins.content_element import ContentElement


class LivingHtml(ContentElement, component="static/living.js"):
    """HTML whose changes are patched into the page, so that fields keep what was typed, what is open and the focus.

    `data-key` names an element among those beside it: it stays the same one wherever it moves. The content is trusted.
    """

    CONTENT_PROP = "content"

    def __init__(self, content: str = "", tag: str = "div") -> None:
        super().__init__(content=content)
        self.props["tag"] = tag
