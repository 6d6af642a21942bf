"""`carebot tablet`: the certificate that tablets trust, and how to lock a tablet to the app."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The tablet's certificate, and how to lock a tablet to the app.", no_args_is_help=True)

KIOSK = """Lock a tablet to the app at {address}

1. Trust the robot: open {address}ca.pem on the tablet and install it as a certificate authority. Compare its
   SHA-256 with the one that `carebot tablet certificate` prints.
2. Open {address} and choose "Add to home screen" (Android, iPadOS) or "Install" (Chromium).
3. Lock it:
   Android   Settings > Security > App pinning; or, for a fleet, a device owner with lock task mode.
   iPadOS    Settings > Accessibility > Guided Access, then three clicks on the top button.
   Linux     chromium --kiosk --noerrdialogs --autoplay-policy=no-user-gesture-required {address}
4. Keep it awake and charged: switch the screen lock off while it charges, and silence nothing but the app's rivals.
5. Try it with somebody at the other end of every call: call for help near the robot. The tablet rings and the alarm
   fills its screen; answer it there. This is a real alarm: whoever the site file names is called too.
   `carebot drill SITE` tries only those calls, and rings no tablet; Settings > Notifications > Send a trial tries only
   the notification."""


@app.command()
def certificate(
    name: Annotated[list[str] | None, typer.Option(help="A further host name or address; may be repeated.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the certificates are kept.")] = None,
    port: Annotated[int, typer.Option(help="The tablet's port, for the QR code.", min=1, max=65535)] = 8080,
    renew: Annotated[bool, typer.Option("--renew", help="Make the server's certificate anew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make or show the robot's own certificate authority and its server's certificate, with a QR code for tablets."""
    from carebot.tablet.certificate import ensure, tls_dir
    from carebot.tablet.qr import qr_terminal

    made = ensure(folder or tls_dir(), name or (), renew=renew)
    address = f"https://{socket.gethostname()}:{port}/ca.pem"
    if as_json:
        facts = {"authority": str(made.authority), "server": str(made.server), "key": str(made.key)}
        facts |= {"fingerprint_sha256": made.fingerprint, "not_after": made.not_after.isoformat(), "url": address}
        print(json.dumps({**facts, "names": list(made.names)}))
        return
    print(f"Certificate authority: {made.authority}")
    print(f"  SHA-256 {made.fingerprint}")
    print(f"Server's certificate: {made.server}, until {made.not_after:%Y-%m-%d}")
    print(f"  for {', '.join(made.names)}")
    print(f"\nOn the tablet, open {address} and compare the SHA-256:\n")
    print(qr_terminal(address))


@app.command()
def kiosk(address: Annotated[str, typer.Argument(help="The robot's address.")] = "") -> None:
    """How to lock a tablet to the app, step by step."""
    shown = address or f"https://{socket.gethostname()}:8080/"
    print(KIOSK.format(address=shown if shown.endswith("/") else f"{shown}/"))
