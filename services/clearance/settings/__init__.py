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
    kafka_compression: Literal["zstd", "lz4", "snappy", "gzip", "none"] = "zstd"
    """How our processes compress what they write: `zstd`, `lz4`, `snappy`, `gzip` or `none` (`docs/benchmarks.md`)."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How the broker is spoken to: `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL` (`docs/secured.md`)."""
    kafka_ca_file: str = ""
    """PEM of the authorities that sign the broker's certificate. Empty: those of the operating system."""
    kafka_certificate_file: str = ""
    """PEM of our own certificate, where the broker asks for one."""
    kafka_key_file: str = ""
    """PEM of its key, not encrypted."""
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = ""
    """`PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER`."""
    kafka_sasl_username: str = ""
    """The name that goes with the password; the client id, where tokens are fetched."""
    kafka_sasl_password_file: str = ""
    """A file that holds the password and nothing else; the client secret, where tokens are fetched."""
    kafka_sasl_token_file: str = ""
    """`OAUTHBEARER`: a file that holds the token, which somebody else keeps fresh; read again for each connection."""
    kafka_sasl_token_url: str = ""
    """`OAUTHBEARER`, instead of a file: where tokens are fetched, by client credentials (RFC 6749, 4.4)."""
    kafka_sasl_token_scope: str = ""
    """The scope that is asked for there."""
    archive_folder: str = ""
    """Where `clearance archive` puts inputs, and where `clearance rebuild` and the API read what the log holds no more
    (`docs/archive.md`). Empty: nowhere."""
    epoch: int = Field(0, ge=0)
    """The epoch of tracker and projector, and of the API while no broker tells which is current: 0, until a switch."""
    database_url: str = Field("sqlite:///clearance.db", repr=False)
    """The store, as SQLAlchemy writes it: `sqlite:///file.db` or `postgresql+psycopg://user:password@host/name`."""
    database_password_file: str = ""
    """A file that holds PostgreSQL's password and nothing else, if the URL has none; read for each connection."""
    store_keep_days: int = Field(0, ge=0)
    """How long a declaration that is over stays in the store after its last change [days]; 0: for ever. Longer than
    `CLEARANCE_ACCESS_REGISTRATION_DAYS`, or what was registered would seem never to have come (`docs/purging.md`)."""
    access_secret_file: str = ""
    """A file that holds a secret and nothing else, by which API keys are hashed: another one makes all keys invalid."""
    access_audit_days: int = Field(365, ge=1)
    """How long the audit log tells who asked what [days]."""
    access_registration_days: int = Field(400, ge=1)
    """How long a registration is kept after it or its plan was stated last [days]; stating it again keeps it longer."""
    api_host: str = "127.0.0.1"
    """The address that the API listens on."""
    api_port: int = Field(8000, ge=0, le=65535)
    """The port of the API, its documentation and its metrics."""
    api_hosts: str = ""
    """Names in `Host` that the API answers to, separated by commas, beside loopback, its address, and the name of this
    machine. `*`: any; a foreign page can then read what is here by the browser of somebody in this network."""
    api_connections: int = Field(4000, ge=1)
    """How many connections the API holds, if it may open as many files. One more closes the one that has been idle
    longest; if none is, it is refused (503)."""
    api_receive_seconds: float = Field(15.0, gt=0)
    """How long a client may take to send its headers, then its body, and to read anything of an answer [s]."""
    api_keep_alive_seconds: int = Field(5, ge=1)
    """How long a connection stays open after an answer [s]."""
    api_authentication: bool = True
    """Whether the API asks for keys; without, it listens on loopback only. `clearance up` goes without."""
    api_quota: int = Field(6000, ge=1)
    """What an organisation may ask in a minute of all API processes together, if it has no quota of its own (`clearance
    organisations set-quota`); answers that nothing has changed are free."""
    api_access_connections: int = Field(2, ge=1, le=100)
    """How many connections of an API process registrations share, at most; those to the store follow from its threads
    (`docs/running.md`)."""
    api_registrations: int = Field(100_000, ge=1)
    """How many declarations an organisation may have registered at once."""
    api_command_wait_seconds: float = Field(2.0, ge=0, le=60)
    """How long the API waits for what becomes of a command before it answers that it is pending [s]."""
    api_stale_seconds: float = Field(30.0, gt=0)
    """When the tracker's last progress in the store is older, the API says that its answers are stale [s]."""
    api_cheap_threads: int = Field(8, ge=1, le=100)
    """How many questions about one declaration, anomaly or command the API answers at once."""
    api_cheap_seconds: float = Field(5.0, gt=0)
    """How long such an answer may take [s]."""
    api_list_threads: int = Field(2, ge=1, le=100)
    """How many lists and timelines the API answers at once."""
    api_list_seconds: float = Field(10.0, gt=0)
    """How long such an answer may take [s]."""
    api_dear_threads: int = Field(1, ge=1, le=100)
    """How many questions the API answers at once that read the whole store, such as clearance times."""
    api_dear_seconds: float = Field(30.0, gt=0)
    """How long such an answer may take [s]."""
    api_waiting: int = Field(64, ge=0, le=10_000)
    """How many more of each of these may wait for their turn; further ones are refused at once (503)."""
    api_wait_seconds: float = Field(5.0, gt=0)
    """How long each of them may wait before it is refused [s]."""
    api_kept_answers_mib: int = Field(512, ge=0)
    """How much memory answers about declarations take, at most, that are kept to be given again [MiB]; 0: none."""
    api_url: str = "http://127.0.0.1:8000"
    """Where the command line finds the API."""
    api_key_file: str = ""
    """A file that holds the key that the command line shows the API, and nothing else."""
    metrics_host: str = "127.0.0.1"
    """The address on which processes other than the API show their metrics."""
    tracker_metrics_port: int = Field(9101, ge=0, le=65535)
    """The port of the tracker's metrics."""
    projector_metrics_port: int = Field(9102, ge=0, le=65535)
    """The port of the projector's metrics."""
    simulator_metrics_port: int = Field(9103, ge=0, le=65535)
    """The port of the simulator's metrics."""
    ingest_metrics_port: int = Field(9104, ge=0, le=65535)
    """The port of the metrics of `clearance ingest`, with `--watch` too; one for each folder that is watched."""
    notices_metrics_port: int = Field(9105, ge=0, le=65535)
    """The port of the metrics of `clearance notices`."""
    notices_api_url: str = ""
    """Where recipients of notices find the API, such as `https://clearance.example`; empty: notices link to nothing."""
    notices_robot_url: str = ""
    """A relay that is asked in place of the hosts of robots, where this machine does not reach those."""
    notices_try_hours: float = Field(6.0, gt=0)
    """How long a notice is tried before it is listed as undelivered [h]."""
    notices_kept_days: int = Field(400, ge=1)
    """How long it is kept what recipients were told, so that they are not told again [days]."""
    notices_least_precision: float = Field(0.5, ge=0, le=1)
    """A rule whose anomalies were more often false positives than this allows is told as `info`; 0: none ever is."""
    notices_judged_after: int = Field(20, ge=1)
    """So many anomalies of a rule must have been settled in the last 90 days before that."""
    smtp_server: str = ""
    """The server that takes mails of notices."""
    smtp_port: int = Field(587, ge=1, le=65535)
    """Its port."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How it is spoken to: `starttls`, `tls` (usually on port 465), or `none` (to a relay on this machine only)."""
    smtp_ca_file: str = ""
    """PEM of the authorities that sign its certificate. Empty: those of the operating system."""
    smtp_username: str = ""
    """The name to log in by; empty: without."""
    smtp_password_file: str = ""
    """A file that holds the password that goes with it, and nothing else; read for each message."""
    smtp_from: str = "clearance@localhost"
    """The address from which notices come."""
    analyst_metrics_port: int = Field(9106, ge=0, le=65535)
    """The port of the analyst's metrics."""
    tracker_instance: str = ""
    """A name that a tracker keeps over restarts: it then gets its partitions back at once. Unique per tracker."""
    analyst_instance: str = ""
    """The same of an analyst."""
    tracker_session_seconds: float = Field(15.0, ge=6, le=80)
    """Without a heartbeat for so long, the group gives a tracker's partitions to another one [s]."""
    tracker_batch_records: int = Field(2000, ge=1)
    """Records of one partition that the tracker folds at once, at most."""
    analyst_session_seconds: float = Field(15.0, ge=6, le=80)
    """Without a heartbeat for so long, the group gives an analyst's partitions to another one [s]."""
    analyst_batch_records: int = Field(2000, ge=1)
    """Records of one partition that the analyst folds at once, at most."""
    tracker_keep_closed_seconds: float = Field(300.0, ge=0)
    """How long what is over stays in the tracker's memory; touched again later, it is read from its topic [s]."""
    tracker_index_folder: str = ""
    """Where trackers keep the indexes of their states: on a disk, and started again they read only what is new
    (`docs/running.md`). Empty: in temporary files, and each start reads all."""
    start_wait_seconds: float = Field(60.0, ge=0, le=600)
    """How long a process waits at its start for a broker or a store that is away or taken [s]."""
    durations_file: str = ""
    """A CSV file of thresholds of your own (`docs/thresholds.md`), preferred to those that ship. The same for tracker,
    projector and API: trackers with other thresholds do not fold side by side."""
    calendar_file: str = ""
    """A CSV file of office hours of your own (`docs/thresholds.md`), preferred to those that ship. The same for all our
    processes, as the thresholds."""
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
