"""The tables of access: what the log cannot give back. They lie beside the store, where no rebuild touches them.

The surprise: `version` has one row, whose number rises with every change, so that each replica of the API learns of a
revocation by looking at one number.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint

from clearance.store.schema import NAMES, Big, Instant

metadata = MetaData(naming_convention=NAMES)

version = Table(
    "version",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    comment="How often keys, organisations and identifiers have changed.",
)

organisations = Table(
    "organisations",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("quota", Integer),
    comment="Who may be given keys.",
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("organisation", String, nullable=False),
    comment="What names an organisation in messages; each names one.",
)

keys = Table(
    "keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("holder", String, nullable=False),
    Column("name", String, nullable=False),
    Column("scopes", String, nullable=False),
    Column("note", String, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
    comment="Keys of the API, by their keyed hash; never the keys.",
)

registrations = Table(
    "registrations",
    metadata,
    Column("organisation", String, primary_key=True),
    Column("declaration", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("changed_at", Instant),
    Index(None, "changed_at"),
    comment="What an organisation has told of a declaration of its own, before customs or beside it.",
)

marks = Table(
    "marks",
    metadata,
    Column("organisation", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("declaration", String, primary_key=True),
    comment="Own references and labels of registrations, to find them by.",
)

charges = Table(
    "charges",
    metadata,
    Column("who", String, primary_key=True),
    Column("process", String, primary_key=True),
    Column("window", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    comment="What each API process has charged to a quota in its last window.",
)

mutes = Table(
    "mutes",
    metadata,
    Column("organisation", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("until", Instant),
    Column("set_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    comment="Rules of which an organisation is not told; the operator is ''.",
)

recipients = Table(
    "recipients",
    metadata,
    Column("id", String, primary_key=True),
    Column("organisation", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    comment="Who is told of anomalies, where and when; with what a robot asks for as secret.",
)

followed = Table(
    "followed",
    metadata,
    Column("recipient", String, primary_key=True),
    Column("cursor", LargeBinary, nullable=False),
    Column("looked_at", Instant, nullable=False),
    Column("digest_at", Instant),
    Column("failures", Integer, nullable=False),
    Column("not_before", Instant),
    comment="How far a recipient is told, when its next digest is due, and until when nothing is tried.",
)

notices = Table(
    "notices",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("recipient", String, nullable=False),
    Column("matter", String, nullable=False),
    Column("change", String, nullable=False),
    Column("state", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tried_at", Instant),
    Column("reason", String, nullable=False),
    UniqueConstraint("recipient", "matter", "change"),
    Index(None, "state", "due_at"),
    Index(None, "noted_at"),
    comment="What recipients are to be told, and what became of it: each change of a matter once.",
)

audit = Table(
    "audit",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("key", String, nullable=False),
    Column("name", String, nullable=False),
    Column("method", String, nullable=False),
    Column("route", String, nullable=False),
    Column("declaration", String, nullable=False),
    Column("status", Integer, nullable=False),
    Index(None, "name"),
    comment="Who read and who stated what.",
)
