"""A restore: onto a broker and a database where nothing is, or where a restore of the same backup was cut off.

The surprise: while it runs, the topics take the times of their writer, so that each record keeps the time that it had.
By that a restore which was cut off is known, nobody starts on its topics, and another run goes on where it ended.
"""

import asyncio
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy import Engine

from clearance.access import backup as access
from clearance.archive.record_files import read
from clearance.backup.errors import BackupRefused
from clearance.backup.manifest import ACCESS, Manifest, Part
from clearance.backup.owned import in_order
from clearance.backup.partition_writing import write_part
from clearance.backup.places import laid_out
from clearance.contracts.cards import Card
from clearance.kafka.admin import Admin
from clearance.kafka.names import EPOCHS, Names
from clearance.kafka.policies import BY_BROKER, BY_WRITER, TIMES
from clearance.kafka.topics import is_embedded
from clearance.store.connect import is_made, name_of
from clearance.store.reader import reading
from clearance.store.viewer import EVERYBODY


class Restore:
    """Of one backup, whose files have been checked, onto one cluster."""

    def __init__(self, folder: Path, manifest: Manifest, bootstrap: str, replication_factor: int) -> None:
        self.folder, self.manifest, self.admin = folder, manifest, Admin(bootstrap)
        self.replication_factor = replication_factor
        self.cards: dict[str, Card] = {}
        for epoch in manifest.epochs:
            self.cards |= Names.of(epoch, manifest.base).cards()
        self.goes_on = False

    def prepare(self, kept: Engine, stores: list[Engine]) -> None:
        """Look whether nothing is there. Raises `BackupRefused`, `BrokerError` and `StoreError`."""
        known = self.admin.metadata()
        if is_embedded(known.cluster_id or ""):
            raise BackupRefused("an embedded broker keeps messages in memory only: name a broker of your own")
        there = [name for name in self.cards if name in known.topics]
        settings = self.admin.settings(there)
        self.goes_on = settings.get(EPOCHS, {}).get(TIMES) == BY_WRITER
        if not self.goes_on:
            self._refuse_what_is_there(there)
        self._refuse_other_access(kept)
        for store in stores:
            _refuse_full(store)

    def _refuse_what_is_there(self, there: list[str]) -> None:
        places = [(name, number) for name in there for number in range(self.cards[name].partitions)]
        full = [f"{topic}:{number}" for (topic, number), end in self.admin.ends(places).items() if end]
        if full:
            raise BackupRefused(
                f"{min(full)} holds records: restore onto a cluster that has none of our topics, or only empty ones; "
                "nothing was restored"
            )

    def _refuse_other_access(self, kept: Engine) -> None:
        if (rows := access.rows_of(kept)) and not (self.goes_on and self._has_access(kept)):
            raise BackupRefused(
                f"{rows} rows of access are in {name_of(kept)} already: name an empty database; nothing was restored"
            )

    def _has_access(self, kept: Engine) -> bool:
        with (self.folder / ACCESS).open("rb") as lines:
            return all(line == held for line, held in zip_longest(map(bytes.strip, lines), access.backup(kept)))

    async def make(self, reader: AIOKafkaConsumer, producer: AIOKafkaProducer, kept: Engine) -> None:
        """Bring everything back. Killed, it goes on when it is asked for again. Raises `BackupRefused`, `BrokerError`,
        `KafkaError` and `StoreError`."""
        ids = await asyncio.to_thread(self._begin)
        await self._write([part for part in self.manifest.parts if part.topic != EPOCHS], reader, producer, ids)
        await asyncio.to_thread(self._restore_access, kept)
        await asyncio.to_thread(self.admin.change, {*self.cards} - {EPOCHS}, TIMES, BY_BROKER)
        await self._write([part for part in self.manifest.parts if part.topic == EPOCHS], reader, producer, ids)
        await asyncio.to_thread(self.admin.change, [EPOCHS], TIMES, BY_BROKER)

    def _begin(self) -> Mapping[str, str]:
        """Make the topics, the one first by which a restore that was cut off is known. The new ids by the old ones."""
        known = self.admin.metadata()
        self._make([EPOCHS] if EPOCHS not in known.topics else [])
        self.admin.change([EPOCHS], TIMES, BY_WRITER)
        self._make([name for name in self.cards if name not in known.topics and name != EPOCHS])
        self.admin.change([*self.cards], TIMES, BY_WRITER)
        ids = self.admin.topic_ids(self.cards)
        was = self.manifest.topic_ids
        return {was[name]: ids[name] for name in was} | {self.manifest.cluster_id: known.cluster_id or ""}

    def _make(self, names: list[str]) -> None:
        if names:
            self.admin.create([self.cards[name] for name in names], self.replication_factor)

    async def _write(
        self,
        parts: list[Part],
        reader: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        ids: Mapping[str, str],
    ) -> None:
        """Progress comes last, as from a tracker."""
        hows = dict(in_order(self.manifest.epochs))
        for part in reversed(parts):
            lying = laid_out(part, hows[part.topic], read(self.folder / part.file), ids)
            await write_part(reader, producer, part, lying)
            if part.first:
                await asyncio.to_thread(self.admin.purge, part.topic, {part.partition: part.first})

    def _restore_access(self, kept: Engine) -> None:
        if not access.rows_of(kept):
            with (self.folder / ACCESS).open("rb") as lines:
                access.restore(kept, lines)


def _refuse_full(store: Engine) -> None:
    """A store is given back by the topics; one that was made of others is not emptied by a restore."""
    if is_made(store):
        with reading(store, EVERYBODY) as held:
            if held.progress():
                raise BackupRefused(
                    f"the store {name_of(store)} holds what was made of other topics: name an empty database; nothing "
                    "was restored"
                )
