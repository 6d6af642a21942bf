"""What caregivers were told and need not answer, on the home page: whoever is reached by tablet reads it here."""

from __future__ import annotations

from html import escape

from nicegui import html

from carebot.alerts import News
from carebot.tablet.language import Texts
from carebot.tablet.living import LivingHtml


class NewsPanel:
    """Not there while there is nothing to tell."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._shown: tuple[News, ...] = ()
        with html.section().classes("panel news") as self._panel:
            html.h2(texts("news"))
            self._lines = LivingHtml()
            self._lines.props('role="log" aria-live="polite"').props["aria-label"] = texts("news")
        self._panel.set_visibility(False)

    def show(self, news: tuple[News, ...]) -> None:
        """Draw anew only what changed."""
        if news is self._shown:
            return
        self._shown = news
        self._lines.set_content(news_html(news, self._texts))
        self._panel.set_visibility(bool(news))


def news_html(news: tuple[News, ...], texts: Texts) -> str:
    """One article each, in the language in which it was told."""
    return "".join(_article(each, texts) for each in news)


def _article(news: News, texts: Texts) -> str:
    about = escape(texts("news_for", name=news.who))
    return (
        f'<article class="said" data-key="{escape(news.id)}"><p class="soft">{about} '
        f'<time data-at="{news.at_s:.0f}"></time></p><p class="words"><strong>{escape(news.title)}</strong> '
        f"{escape(news.body)}</p></article>"
    )
