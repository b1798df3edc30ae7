"""What PostgreSQL and its client library say when a setting is wrong, and which one: waiting would mend nothing."""

URL, PASSWORD = "CLEARANCE_DATABASE_URL", "CLEARANCE_DATABASE_PASSWORD_FILE"
REFUSALS = (
    ("does not match host name", f"its certificate is for another host: name the host in {URL} as that does"),
    (
        "certificate verify failed",
        "its certificate has expired, or no known authority has signed it: renew it, or give the PEM of its authority, "
        f"sslrootcert= in {URL}",
    ),
    ("root certificate file", f"sslrootcert= in {URL} names a file that cannot be read: mend the path"),
    ("could not read root certificate", f"sslrootcert= in {URL} names a file that is no PEM: mend the file"),
    ("server does not support SSL", f"it speaks no TLS: set that up there, or leave sslmode= out of {URL}"),
    (
        "no encryption",
        f"it wants TLS, or knows no such user: set sslmode=verify-full in {URL}, or mend its pg_hba.conf",
    ),
    ("invalid sslmode value", f"sslmode= in {URL} is none of PostgreSQL's: set verify-full"),
    ("password authentication failed", f"it does not take this password: mend the file of {PASSWORD}, or {URL}"),
    ("no password supplied", f"it asks for a password: set {PASSWORD}"),
)
"""Words of libpq or the server, and what they mean. Of several the first counts."""


def refusal(said: str) -> str:
    """What is wrong and what to do, by what was said; empty for all that may pass by itself."""
    return next((meaning for words, meaning in REFUSALS if words in said), "")
