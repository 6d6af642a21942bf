"""The page that an unpaired device sees: plain HTML, one form, nothing about anybody."""

from __future__ import annotations

import html
import json

from carebot.tablet.language import Texts, catalogue, languages

_SCRIPT_TEXTS = ("pair_wrong", "pair_wait", "pair_name_missing", "pair_failed")


def render(texts: Texts, version: str) -> str:
    """The pairing page in one language; `version` makes browsers fetch new styles after an update."""
    t = {key: html.escape(texts(key)) for key in ("pair_title", "pair_explain", "pair_pin", "pair_name", "pair_button")}
    raw = catalogue("en") | catalogue(texts.language)
    script_texts = html.escape(json.dumps({key: raw[key] for key in _SCRIPT_TEXTS}, ensure_ascii=False))
    return f"""<!doctype html>
<html lang="{texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{t["pair_title"]} · carebot</title>
<link rel="icon" href="/static/icon.svg?v={version}">
<link rel="stylesheet" href="/static/carebot.css?v={version}">
<script src="/static/theme.js?v={version}"></script>
<script src="/static/pair.js?v={version}" defer></script>
</head>
<body class="pairing" data-texts="{script_texts}">
<main class="pair-card">
<img src="/static/icon.svg?v={version}" alt="" width="64" height="64">
<h1>{t["pair_title"]}</h1>
<p>{t["pair_explain"]}</p>
<form id="pair" novalidate>
<label for="pin">{t["pair_pin"]}</label>
<input id="pin" name="pin" inputmode="numeric" autocomplete="one-time-code" maxlength="7" required autofocus>
<label for="name">{t["pair_name"]}</label>
<input id="name" name="name" autocomplete="name" maxlength="80" required>
<p id="problem" role="alert"></p>
<button class="button coming" type="submit">{t["pair_button"]}</button>
</form>
<nav class="languages" aria-label="{html.escape(texts("language"))}">{_language_links(texts)}</nav>
</main>
</body>
</html>"""


def _language_links(texts: Texts) -> str:
    return "".join(
        f'<button type="button" class="quiet" lang="{code}" data-language="{code}" '
        f'aria-pressed="{str(code == texts.language).lower()}">{html.escape(catalogue(code)["language_name"])}</button>'
        for code in languages()
    )
