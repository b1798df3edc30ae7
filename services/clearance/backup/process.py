"""A backup, and a restore, with all that they read and write by: opened, used and closed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy import Engine

from clearance.access.database import opened
from clearance.backup.manifest import Manifest, check, read_manifest
from clearance.backup.restoring import Restore
from clearance.backup.saving import new_folder, save
from clearance.kafka import clients
from clearance.kafka.errors import BrokerError
from clearance.kafka.ready import find_log
from clearance.operations.readers import reading
from clearance.settings import Settings, needs_broker
from clearance.store.connect import open_store


async def saved(folder: Path, settings: Settings, with_log: bool) -> Manifest:
    """A backup of what the settings name, of the log where it is if they name a cluster that it was moved away from.
    Raises `BackupRefused`, `BrokerError` and `StoreError`."""
    named = needs_broker(settings)
    address = (await asyncio.to_thread(find_log, named)).address or named
    with new_folder(folder) as making, opened(settings) as kept:
        async with reading(address) as reader:
            return await save(address, reader, kept, making, with_log)


async def restored(folder: Path, settings: Settings) -> Manifest:
    """A backup brought back to where the settings say. Raises `BackupRefused`, `BrokerError` and `StoreError`."""
    address, manifest = needs_broker(settings), read_manifest(folder)
    await asyncio.to_thread(check, folder, manifest)
    restore = Restore(folder, manifest, address, settings.kafka_replication_factor)
    with opened(settings) as kept, _stores(settings, manifest) as stores:
        await asyncio.to_thread(restore.prepare, kept, stores)
        async with reading(address) as reader, _writing(address) as producer:
            await restore.make(reader, producer, kept)
    return manifest


@contextmanager
def _stores(settings: Settings, manifest: Manifest) -> Iterator[list[Engine]]:
    with ExitStack() as stack:
        stores = [open_store(settings.database_url, epoch) for epoch in manifest.epochs]
        for store in stores:
            stack.callback(store.dispose)
        yield stores


@asynccontextmanager
async def _writing(address: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = clients.new_producer(address, compression_type="zstd")
    try:
        await producer.start()
        yield producer
    except KafkaError as error:
        raise BrokerError(f"the broker at {address} does not let us write: {error}; restore again") from error
    finally:
        await producer.stop()
