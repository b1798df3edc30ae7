"""The form of an API key: `clr_`, 37 random characters of base62, and 6 of base62 that are the CRC-32 of those.

The surprise: the check digits are no secret. They tell a mistyped key without a look-up, and scanners that look for
leaked keys can be taught the form. What is kept of a key is its keyed hash; a fast one, since nobody guesses 220 bits.
"""

import secrets
from hashlib import blake2b
from zlib import crc32

PREFIX = "clr_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM, CHECK = 37, 6
LENGTH = len(PREFIX) + RANDOM + CHECK
HASH_BYTES = 16


def new_key() -> str:
    """A key that nobody has yet."""
    return complete("".join(secrets.choice(ALPHABET) for _ in range(RANDOM)))


def complete(random: str) -> str:
    """The key with these 37 characters."""
    return f"{PREFIX}{random}{_check_of(random)}"


def is_well_formed(key: str) -> bool:
    """Whether it can be a key of ours: not mistyped, not cut off."""
    if len(key) != LENGTH or not key.startswith(PREFIX) or not key.isascii():
        return False
    return key.endswith(_check_of(key[len(PREFIX) : -CHECK]))


def hash_of(key: str, secret: bytes) -> bytes:
    """What is kept of a key, by the server's secret."""
    return blake2b(key.encode(), digest_size=HASH_BYTES, key=secret).digest()


def _check_of(random: str) -> str:
    number, digits = crc32(random.encode()), ""
    for _ in range(CHECK):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
