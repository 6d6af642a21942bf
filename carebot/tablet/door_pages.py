"""The pages before anybody is in: pairing a device, the first administrator, signing in. Plain HTML about nobody."""

from __future__ import annotations

import html
import json
from collections.abc import Callable

from carebot.tablet.language import Texts, catalogue, languages

_SCRIPT_TEXTS = (
    "pair_wrong",
    "pair_wait",
    "pair_name_missing",
    "pair_failed",
    "sign_in_wrong",
    "password_weak",
    "password_differs",
)
_STOP_TEXTS = ("stop_calling", "stop_done", "stop_unreached")


def pair_page(texts: Texts, version: str) -> str:
    """Asks for the terminal's PIN, unless the address brings a one-time code."""
    fields = (
        _input(
            texts,
            "pin",
            "pair_pin",
            'type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="7" autofocus',
        ),
        _input(texts, "name", "pair_name", 'type="text" autocomplete="name" maxlength="300"'),
    )
    return _page(texts, version, "pair", "/api/v1/pair", "pair_button", fields)


def sign_in_page(texts: Texts, version: str) -> str:
    """Asks who is there."""
    fields = (
        _input(texts, "name", "pair_name", 'type="text" autocomplete="username" maxlength="300" autofocus'),
        _input(texts, "password", "password", 'type="password" autocomplete="current-password" maxlength="200"'),
    )
    failed, button = (html.escape(texts(key)) for key in ("passkey_failed", "passkey_sign_in"))
    passkey = f'<button class="button plain" type="button" data-passkey data-failed="{failed}" hidden>{button}</button>'
    return _page(texts, version, "sign_in", "/api/v1/sign-in", "sign_in_button", fields, passkey, ("door", "passkeys"))


def set_up_page(texts: Texts, version: str) -> str:
    """Makes the first administrator; without one nothing else opens."""
    new = 'type="password" autocomplete="new-password" maxlength="200"'
    fields = (
        _input(texts, "name", "pair_name", 'type="text" autocomplete="username" maxlength="300" autofocus'),
        _input(texts, "password", "new_password", new),
        _input(texts, "again", "password_again", new),
        '<label class="check"><input type="checkbox" id="caregiver" name="caregiver" checked>'
        f"<span>{html.escape(texts('also_caregiver'))}</span></label>",
    )
    return _page(texts, version, "set_up", "/api/v1/set-up", "set_up_button", fields)


def refused_page(texts: Texts, version: str, dock: str) -> str:
    """For whoever is signed in, and opens what is not theirs; they may stop the robot here, too."""
    title, explain, home = (html.escape(texts(key)) for key in ("refused_title", "refused_explain", "place_home"))
    script = f'<script src="/static/stop.js?v={version}" defer></script>\n'
    return f"""{_head(texts, version, title, script)}
<body class="pairing" data-texts="{_script_texts(texts, _STOP_TEXTS)}">
<main class="pair-card"><h1>{title}</h1><p>{explain}</p><p><a class="button coming" href="/">{home}</a></p></main>
{dock}
</body>
</html>"""


PAGES: dict[str, Callable[[Texts, str], str]] = {
    "/pair": pair_page,
    "/sign-in": sign_in_page,
    "/set-up": set_up_page,
}


def _input(texts: Texts, name: str, label: str, attributes: str) -> str:
    shown = html.escape(texts(label))
    return f'<label for="{name}">{shown}</label><input id="{name}" name="{name}" required {attributes}>'


def _page(
    texts: Texts,
    version: str,
    what: str,
    action: str,
    button: str,
    fields: tuple[str, ...],
    other_way: str = "",
    scripts: tuple[str, ...] = ("door",),
) -> str:
    title, explain = (html.escape(texts(f"{what}_{part}")) for part in ("title", "explain"))
    door = "".join(f'<script src="/static/{name}.js?v={version}" defer></script>\n' for name in scripts)
    return f"""{_head(texts, version, title, door)}
<body class="pairing" data-texts="{_script_texts(texts, _SCRIPT_TEXTS)}">
<main class="pair-card">
<img src="/static/icon.svg?v={version}" alt="" width="64" height="64">
<h1>{title}</h1>
<p>{explain}</p>
<p id="ended" role="alert" hidden>{html.escape(texts("session_ended"))}</p>
<form id="{what}" data-action="{action}" novalidate>
{"".join(fields)}
<p id="problem" role="alert"></p>
<button class="button coming" type="submit">{html.escape(texts(button))}</button>
{other_way}
</form>
<nav class="languages" aria-label="{html.escape(texts("language"))}">{_language_links(texts)}</nav>
</main>
</body>
</html>"""


def _script_texts(texts: Texts, keys: tuple[str, ...]) -> str:
    return html.escape(json.dumps({key: texts.raw(key) for key in keys}, ensure_ascii=False))


def _head(texts: Texts, version: str, title: str, more: str = "") -> str:
    return f"""<!doctype html>
<html lang="{texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · carebot</title>
<link rel="icon" href="/static/icon.svg?v={version}">
<link rel="manifest" href="/manifest.webmanifest">
<link rel="stylesheet" href="/static/carebot.css?v={version}">
<script src="/static/theme.js?v={version}"></script>
{more}</head>"""


def _language_links(texts: Texts) -> str:
    return "".join(
        f'<button type="button" class="quiet" lang="{code}" data-language="{code}" '
        f'aria-pressed="{str(code == texts.language).lower()}">{html.escape(catalogue(code)["language_name"])}</button>'
        for code in languages()
    )
