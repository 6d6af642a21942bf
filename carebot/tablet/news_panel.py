"""What caregivers were told and need not answer: all of the last day at home, and what is fresh on every page."""

from __future__ import annotations

from html import escape

from nicegui import html

from carebot.alerts import News
from carebot.tablet.language import Texts
from carebot.tablet.living import LivingHtml

FRESH_S = 600.0
"""For so long news stand on every page, and sound on a tablet that has not sounded for them."""

MOST_FRESH = 3


class NewsPanel:
    """All of it, at home. Not there while there is nothing to tell."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._shown: tuple[News, ...] = ()
        with html.section().classes("panel news") as self._panel:
            html.h2(texts("news"))
            self._lines = LivingHtml()
        self._panel.set_visibility(False)

    def show(self, news: tuple[News, ...]) -> None:
        """Draw anew only what changed."""
        if news is self._shown:
            return
        self._shown = news
        self._lines.set_content(news_html(news, self._texts))
        self._panel.set_visibility(bool(news))


class FreshNews:
    """What is new, said to screen readers on every page; the others show it too, and lead home.

    `at_home`: where the panel shows it.
    """

    def __init__(self, texts: Texts, at_home: bool) -> None:
        self._at_home = at_home
        self._lines = LivingHtml().classes("sr-only" if at_home else "fresh-news")
        self._lines.props('role="status" aria-atomic="false"').props["aria-label"] = texts("news")
        self._shown: tuple[News, ...] = ()

    def show(self, fresh: tuple[News, ...]) -> None:
        """Draw anew only what changed."""
        newest = fresh[:MOST_FRESH]
        if newest != self._shown:
            self._shown = newest
            self._lines.set_content("".join(_line(each, self._at_home) for each in newest))


def fresh_of(news: tuple[News, ...], now_s: float) -> tuple[News, ...]:
    """What was told in the last minutes (`now_s` since 1970 UTC), the newest first."""
    return tuple(each for each in news if now_s - each.at_s < FRESH_S)


def news_html(news: tuple[News, ...], texts: Texts) -> str:
    """One article each, in the language in which it was told."""
    return "".join(_article(each, texts) for each in news)


def _article(news: News, texts: Texts) -> str:
    about = escape(texts("news_for", name=news.who))
    return (
        f'<article class="said" data-key="{escape(news.id)}" data-news="{escape(news.id)}"><p class="soft">{about} '
        f'<time data-at="{news.at_s:.0f}"></time></p><p class="words">{_words(news)}</p></article>'
    )


def _line(news: News, at_home: bool) -> str:
    key, words = escape(news.id), _words(news)
    if at_home:
        return f'<p data-key="{key}">{words}</p>'
    return f'<a class="open-alerts" href="/#news-{key}" data-key="{key}">{words}</a>'


def _words(news: News) -> str:
    return f"<strong>{escape(news.title)}</strong> {escape(news.body)}"
