"""AES-256-GCM for what nobody may read at rest: nonce + ciphertext, bound to the name that it is kept under."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12  # 96 bits, as NIST SP 800-38D wants them for GCM; random, one for each content
_TAG_BYTES = 16
SEAL_BYTES = _NONCE_BYTES + _TAG_BYTES
"""By so much what is encrypted is longer than its content."""


class Seal:
    """Encrypts with the first key and decrypts with any of them; several only while keys are being rotated."""

    def __init__(self, key: bytes, *older: bytes) -> None:
        self._ciphers = tuple(AESGCM(k) for k in (key, *older))

    def close(self, name: str, content: bytes) -> bytes:
        """Return the content encrypted, never twice the same. To open it, the same `name` must be given."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, content, name.encode())

    def open(self, name: str, stored: bytes) -> bytes:
        """Return the content decrypted. Raises InvalidTag for a wrong key or name, or a changed bit."""
        if len(stored) < SEAL_BYTES:
            raise InvalidTag
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], name.encode())
            except InvalidTag:
                continue
        raise InvalidTag
