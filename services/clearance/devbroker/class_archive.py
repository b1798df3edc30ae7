"""Kafka's classes as Java has read them, in a file beside the jars: a broker that finds it starts with half the work.

The first broker that is stopped in order writes it, which takes some seconds; Java ignores one that does not fit.
"""

from hashlib import sha256
from pathlib import Path

QUIET = "-Xlog:cds*=error"


class ClassArchive:
    """The archive for one program `java` and one folder of jars. `flags` are Java's, for a broker of this `port`."""

    def __init__(self, java: str, jars: Path, port: int) -> None:
        program = Path(java).resolve()
        made_for = sha256(f"{program} {program.stat().st_mtime_ns}".encode()).hexdigest()[:16]
        self._file = jars.with_name(f"{jars.name}-{made_for}.jsa")
        self._new = self._file.with_name(f"{self._file.name}.{port}")
        self.read = (f"-XX:SharedArchiveFile={self._file}", QUIET) if self._file.exists() else ()
        self.read_or_write = self.read or (f"-XX:ArchiveClassesAtExit={self._new}", QUIET)

    def keep(self) -> None:
        """The broker has been stopped in order."""
        if self._new.exists():
            self._new.replace(self._file)
