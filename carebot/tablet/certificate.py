"""The robot's own certificate authority, and the certificate of its web server: made here, kept here, renewed here.

A tablet trusts the robot once it has the authority's certificate; that holds for ten years. The server's certificate
holds for 397 days (the longest that browsers take) and is made anew when it nears its end or lacks a name.

The authority vouches for nothing but this robot and what lies in houses (RFC 5280's name constraints): with its key
stolen, nobody can pose as a website to the devices that trust it.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from carebot.errors import SetupError
from carebot.files import write_whole
from carebot.resources import data_dir
from carebot.tablet.gate import own_names

AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
CLOCKS_DIFFER = timedelta(days=1)
"""Certificates hold from a day before they are made: a tablet's clock may be behind."""

HOUSE_DOMAINS = ("local", "home.arpa", "lan", "internal")
HOUSE_NETWORKS = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"),
    *("::1/128", "fc00::/7", "fe80::/10"),
)
"""What no website on the internet is called: domains and addresses that are not routed there."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Where the server's certificate lies, with those that vouch for it, and its key."""

    server: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Certificates(Pair):
    """The robot's own: where the authority's lies, for which names the server's holds, and until when."""

    authority: Path
    names: tuple[str, ...]
    not_after: datetime
    fingerprint: str
    """SHA-256 of the authority's certificate, as browsers show it: pairs of hexadecimal digits with colons."""


def tls_dir() -> Path:
    """Where this user's certificates lie."""
    return data_dir() / "tablet" / "tls"


def ensure(folder: Path, more: Iterable[str] = (), now: datetime | None = None, renew: bool = False) -> Certificates:
    """The certificates in `folder`, made or renewed where needed, for this machine's names, its addresses and `more`.

    Names and addresses that this machine got since, and for which the authority must not vouch, are left out; one of
    `more` has a new authority made.

    Raises:
        SetupError: the folder or a file in it cannot be used.
    """
    now = now or datetime.now(timezone.utc)
    asked = {name.lower() for name in more}
    names = {*own_names(), *own_addresses(), *asked}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority, authority_key = _authority(folder, now, names, asked)
        wanted = tuple(sorted(name for name in names if _permits(authority, name)))
        server = None if renew else _read_server(folder)
        if server is None or not _is_good(server, authority, wanted, now):
            server = _make_server(folder, authority, authority_key, wanted, now)
    except OSError as error:
        where = error.filename or folder
        raise SetupError(f"The certificates in {where} cannot be used ({error.strerror}): check its owner.") from None
    except ValueError as error:
        raise SetupError(
            f"A file in {folder} is no certificate or key ({error}): remove the folder to begin anew."
        ) from None
    digits = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    held, until = tuple(sorted(str(each.value) for each in _names(server))), server.not_valid_after_utc
    return Certificates(folder / "server.pem", folder / "server.key", folder / "ca.pem", held, until, digits)


def own_addresses() -> set[str]:
    """The addresses under which this machine may be reached now, and the loopback's."""
    found = {"127.0.0.1", "::1"}
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))  # sends nothing: it only asks which of our addresses would be used
            found.add(str(probe.getsockname()[0]).split("%")[0])
    return found


def _authority(
    folder: Path, now: datetime, names: set[str], asked: set[str]
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    path, key_path = folder / "ca.pem", folder / "ca.key"
    if path.exists() and key_path.exists():
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{key_path.name} is of another kind")
        if certificate.not_valid_after_utc > now + SERVER_LIFE and all(_permits(certificate, name) for name in asked):
            return certificate, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"carebot on {socket.gethostname()}"[:64])])
    builder = _builder(name, name, key, now, AUTHORITY_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    _write_key(key_path, key)
    write_whole(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return certificate, key


def _permitted(names: set[str]) -> list[x509.GeneralName]:
    """What an authority may vouch for: houses, and `names`; of a public IPv6 address its network, where it changes."""
    domains, networks = set(HOUSE_DOMAINS), {ipaddress.ip_network(each) for each in HOUSE_NETWORKS}
    for name in names:
        match _general(name):
            case x509.IPAddress(value=ipaddress.IPv6Address() as address):
                networks.add(ipaddress.ip_network((address, 64), strict=False))
            case x509.IPAddress(value=address):
                networks.add(ipaddress.ip_network(address))
            case general:
                domains.add(str(general.value))
    return [
        *(x509.DNSName(each) for each in sorted(domains)),
        *(x509.IPAddress(each) for each in sorted(networks, key=str)),
    ]


def _permits(authority: x509.Certificate, name: str) -> bool:
    """Whether an authority may vouch for a name; one of before there were constraints may for all."""
    try:
        constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return True
    return any(_covers(each, _general(name)) for each in constraints.permitted_subtrees or ())


def _covers(subtree: x509.GeneralName, name: x509.GeneralName) -> bool:
    match subtree, name:
        case x509.IPAddress(value=ipaddress.IPv4Network() | ipaddress.IPv6Network() as network), x509.IPAddress():
            return name.value in network
        case x509.DNSName(), x509.DNSName():
            return f".{name.value}".endswith(f".{subtree.value}")
    return False


def _make_server(
    folder: Path, authority: x509.Certificate, signer: ec.EllipticCurvePrivateKey, names: tuple[str, ...], now: datetime
) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, socket.gethostname()[:64])])
    builder = _builder(subject, authority.subject, key, now, SERVER_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    certificate = builder.add_extension(issuer, critical=False).sign(signer, hashes.SHA256())
    _write_key(folder / "server.key", key)
    chain = certificate.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM)
    write_whole(folder / "server.pem", chain, 0o644)
    return certificate


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now - CLOCKS_DIFFER + life)
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _read_server(folder: Path) -> x509.Certificate | None:
    """The server's certificate, if there is one and its key."""
    path, key_path = folder / "server.pem", folder / "server.key"
    if not (path.exists() and key_path.exists()):
        return None
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    return certificate if key.public_key() == certificate.public_key() else None


def _names(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def _is_good(server: x509.Certificate, authority: x509.Certificate, wanted: tuple[str, ...], now: datetime) -> bool:
    try:
        server.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return {_general(name) for name in wanted} <= set(
        _names(server)
    ) and server.not_valid_after_utc > now + RENEW_BEFORE


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    encoding, layout = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    write_whole(path, key.private_bytes(encoding, layout, serialization.NoEncryption()))
