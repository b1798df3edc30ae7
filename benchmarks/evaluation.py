"""How good the rules are, from seeds that `clearance evaluate --keep` has kept: what docs/evaluation.md shows.

    python -m benchmarks.evaluation --tuned-on FOLDER --reported-on FOLDER --json docs/benchmarks/evaluation.json

The result of `clearance evaluate --tuned-on`, without the members of outages, which are thousands.
"""

import argparse
from pathlib import Path
from typing import Any

import msgspec

from clearance.evaluation.held_out import HeldOut, held_out
from clearance.evaluation.seeds import Evaluation, evaluate, kept_wish


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuned-on", type=Path, required=True)
    parser.add_argument("--reported-on", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    asked = parser.parse_args()
    result = report(evaluate(kept_wish(asked.reported_on)), held_out(asked.tuned_on, asked.reported_on))
    asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(result, order="deterministic")) + b"\n")


def report(result: Evaluation, beside: HeldOut) -> dict[str, Any]:
    reported = msgspec.to_builtins(result)
    reported["outages"] = [{**one["outage"], "members": len(one["members"])} for one in reported["outages"]]
    return {"reported": reported, "held_out": msgspec.to_builtins(beside)}


if __name__ == "__main__":
    main()
