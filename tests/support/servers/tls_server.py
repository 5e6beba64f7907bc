"""An HTTPS server whose certificate is what a test wants it to be, made with keys of its own."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.servers.web_server import WebServer

_PLAIN = serialization.NoEncryption()


@dataclass
class Certificate:
    """How a certificate is: `days` around now in which it is valid, the address it is for, whether it is signed by an
    authority or by itself."""

    days: tuple[int, int] = (-1, 9)
    address: str = "127.0.0.1"
    by_authority: bool = True


class TlsServer(WebServer):
    """A WebServer behind TLS; `ca_file` holds the certificate of its authority. Use as a context manager."""

    def __init__(self, folder: Path, certificate: Certificate, **told: object) -> None:
        super().__init__(**told)
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_file = folder / "ca.pem"
        authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        authority = _sign("Root of the test", "Root of the test", authority_key, authority_key, (-20, 20), None)
        self.ca_file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
        signed_by = ("Root of the test", authority_key) if certificate.by_authority else ("Server", key)
        own = _sign("Server", signed_by[0], key, signed_by[1], certificate.days, certificate.address)
        chain = folder / "server.pem"
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, _PLAIN)
        chain.write_bytes(own.public_bytes(serialization.Encoding.PEM) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        # The handshake belongs to the thread of the request: a refused one must not stop the server.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.handle_error = lambda *_: None
        self.url = self.url.replace("http:", "https:")


def _sign(
    name: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    days: tuple[int, int],
    address: str | None,
) -> x509.Certificate:
    """A certificate of a server (with its address) or of an authority (without)."""
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().serial_number(x509.random_serial_number()).public_key(key.public_key())
    made = made.subject_name(_name(name)).issuer_name(_name(issuer))
    made = made.not_valid_before(now + timedelta(days[0])).not_valid_after(now + timedelta(days[1]))
    if address is None:
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    else:
        told = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        made = made.add_extension(told, critical=False)
    return made.sign(by, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
