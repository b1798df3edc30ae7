"""Settings of all our processes: read once at start from the environment (`CLEARANCE_…`), overridden by flags."""

from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CLEARANCE_"


class InvalidSetting(ValueError):
    """A setting cannot be used; the text names it and what it must be."""


class Settings(BaseSettings):
    """One field, one setting; the docstring of a field is what `docs/settings.md` says of it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, use_attribute_docstrings=True)

    kafka_bootstrap_servers: str = ""
    """`host:port[,host:port]` of the broker. Empty: `clearance up` starts an embedded one; nothing else can."""
    kafka_replication_factor: int = Field(1, ge=1)
    """Copies of each partition, for topics that `clearance topics` creates."""
    epoch: int = Field(0, ge=0)
    """The epoch whose topics tracker and projector work on; another than 0 only beside a rebuild."""
    database_url: str = "sqlite:///clearance.db"
    """The store, as SQLAlchemy writes it: `sqlite:///file.db` or `postgresql+psycopg://user:password@host/name`."""
    api_host: str = "127.0.0.1"
    """The address that the API listens on."""
    api_port: int = Field(8000, ge=0, le=65535)
    """The port of the API, its documentation and its metrics."""
    api_command_wait_seconds: float = Field(2.0, ge=0, le=60)
    """How long the API waits for what becomes of a command before it answers that it is pending [s]."""
    api_stale_seconds: float = Field(30.0, gt=0)
    """When the tracker's last progress in the store is older, the API says that it is not ready [s]."""
    api_url: str = "http://127.0.0.1:8000"
    """Where the command line finds the API."""
    metrics_host: str = "127.0.0.1"
    """The address on which tracker, projector, simulator and `clearance ingest` show their metrics."""
    tracker_metrics_port: int = Field(9101, ge=0, le=65535)
    """The port of the tracker's metrics."""
    projector_metrics_port: int = Field(9102, ge=0, le=65535)
    """The port of the projector's metrics."""
    simulator_metrics_port: int = Field(9103, ge=0, le=65535)
    """The port of the simulator's metrics."""
    ingest_metrics_port: int = Field(9104, ge=0, le=65535)
    """The port of the metrics of `clearance ingest`, with `--watch` too; one for each folder that is watched."""
    tracker_instance: str = ""
    """A name that a tracker keeps over restarts: it then gets its partitions back at once. Unique per tracker."""
    tracker_session_seconds: float = Field(15.0, ge=6, le=80)
    """Without a heartbeat for so long, the group gives a tracker's partitions to another one [s]."""
    tracker_batch_records: int = Field(2000, ge=1)
    """Records of one partition that the tracker folds at once, at most."""
    tracker_keep_closed_seconds: float = Field(300.0, ge=0)
    """How long what is over stays in the tracker's memory; touched again later, it is read from its topic [s]."""
    start_wait_seconds: float = Field(60.0, ge=0, le=600)
    """How long a process waits at its start for a broker or a store that is away or taken [s]."""
    log_format: Literal["console", "json"] = "console"
    """How services log to standard error: `console` or `json`."""


def needs_broker(settings: Settings) -> str:
    """Where the broker is. Raises `InvalidSetting` if no setting says so."""
    if not settings.kafka_bootstrap_servers:
        raise InvalidSetting(
            f"{PREFIX}KAFKA_BOOTSTRAP_SERVERS is not set: name a broker (`make kafka` starts one at 127.0.0.1:9092), "
            "or use `clearance up`, which brings its own"
        )
    return settings.kafka_bootstrap_servers


def load(**flags: Any) -> Settings:
    """The settings; a flag that is None leaves the environment's. Raises `InvalidSetting`."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InvalidSetting(f"{PREFIX}{name.upper()}: {first['msg']}; it is {first['input']!r}") from error
