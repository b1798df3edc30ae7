"""How far a keyed stage has folded a partition: the record that a restart continues from."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from clearance.kafka.wire import VERSION_1, Outgoing


class StageProgress(Struct, frozen=True, kw_only=True):
    """The value of one record. `cluster_id` and `topic_id` say which log the position belongs to, `topic_ids` which
    topics the stage writes; `version` is that of its fold."""

    epoch: int
    partition: int
    position: int
    wall_time: datetime
    cluster_id: str
    topic_id: str
    topic_ids: dict[str, str]
    version: str


def stage_progress_record(progress: StageProgress) -> Outgoing:
    """For the progress topic of the stage, in the partition of the same number."""
    return Outgoing(str(progress.partition).encode(), msgspec.json.encode(progress), [VERSION_1])


def read_stage_progress(record: Any) -> StageProgress | None:
    """The progress that a consumed record tells; None if it is none."""
    try:
        return _STAGE_PROGRESS.decode(record.value or b"")
    except msgspec.DecodeError:
        return None


_STAGE_PROGRESS = msgspec.json.Decoder(StageProgress)
