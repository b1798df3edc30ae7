"""`make kafka`: a real broker in the foreground, until Ctrl-C. What it holds is there again at the next start."""

import argparse
import signal
import sys
from pathlib import Path

from clearance.devbroker.local import LocalKafka
from clearance.kafka.errors import BrokerError


def main() -> int:
    """Exit code 0 after Ctrl-C or SIGTERM, 2 if it cannot run."""
    parser = argparse.ArgumentParser(prog="make kafka", description=__doc__)
    parser.add_argument("--port", type=int, default=9092, help="the port on 127.0.0.1 (default: 9092)")
    parser.add_argument("--folder", type=Path, default=Path(".kafka"), help="where it keeps its data (default: .kafka)")
    options = parser.parse_args()
    broker = LocalKafka(options.folder, options.port)
    for number in (signal.SIGINT, signal.SIGTERM):  # also in a job of a shell, which ignores the first
        signal.signal(number, signal.default_int_handler)
    try:
        broker.start()
        sys.stdout.write(f"Kafka answers at {broker.bootstrap} and keeps its data in {broker.folder}; Ctrl-C ends it\n")
        sys.stdout.flush()
        broker.wait()
    except KeyboardInterrupt:
        return 0
    except (BrokerError, OSError) as error:
        sys.stderr.write(f"make kafka: {error}\n")
        return 2
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C does not leave the broker behind
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
