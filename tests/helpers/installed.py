"""Programs of an environment that holds the wheel and nothing of the sources."""

import os
import subprocess
from pathlib import Path


def run(*command: str, cwd: Path, fails: int = 0) -> str:
    """What a program says that ends with this exit code, run with nothing of this environment."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == fails, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stderr if fails else done.stdout
