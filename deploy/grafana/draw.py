"""Draw the dashboards, and the page that lists them, from `panels/*.yml`: one file each, panels in the order shown.

`python -m deploy.grafana.draw`, or with `--check` only say whether they are current. How Grafana is told what a panel
shows stands in `looks.py`. The surprise: a query that finds nothing shows 0, so that a system that has just started has
no empty panels, unless the panel says in `absent` what nothing means.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from deploy.grafana.looks import SIZES, Panel, Place, dashboard, draw_panel, thresholds_in_words
from docs.drawing import brought_up_to_date

HERE = Path(__file__).parent
WIDTH = 24
ABOUT = """# Dashboards

<!-- Drawn by deploy/grafana/draw.py from deploy/grafana/panels/; not to be edited. -->

Grafana reads them from `deploy/grafana/dashboards/`; `docker compose up` shows them on port 3000. Each panel says what
a rise means, and at which value it turns orange or red; where an alert watches the same, its runbook is named. To alter
one, edit its file in `deploy/grafana/panels/` and run `make draw`.
"""


def read() -> dict[str, dict[str, Any]]:
    """The dashboards as written, by name, in the order in which they are asked for."""
    files = {path.stem: path for path in (HERE / "panels").glob("*.yml")}
    order = ["is-it-working", "declarations", "clearance-times", "api-and-feed", "kafka-and-workers"]
    return {name: yaml.safe_load(files[name].read_text(encoding="utf-8")) for name in sorted(files, key=order.index)}


def draw() -> dict[str, str]:
    """All documents by path from here."""
    dashboards = read()
    drawn = {f"dashboards/{name}.json": _dashboard(name, told) for name, told in dashboards.items()}
    return {**drawn, "../../docs/dashboards.md": ABOUT + "".join(map(_listed, dashboards.values()))}


def _dashboard(name: str, told: dict[str, Any]) -> str:
    places = _places([SIZES[one["shows"]] for one in told["panels"]])
    panels = [
        draw_panel(nth, one, place) for nth, (one, place) in enumerate(zip(told["panels"], places, strict=True), 1)
    ]
    document = dashboard(f"clearance-{name}", told["title"], told.get("time", "now-1h"), panels)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _places(sizes: list[tuple[int, int]]) -> list[Place]:
    """Side by side from the left; what does not fit, or is of another height, begins a new row."""
    places, x, y, row = [], 0, 0, 0
    for width, height in sizes:
        if x + width > WIDTH or (row and height != row):
            x, y = 0, y + row
        places.append({"x": x, "y": y, "w": width, "h": height})
        x, row = x + width, height
    return places


def _listed(told: dict[str, Any]) -> str:
    rows = "".join(_row(one) for one in told["panels"])
    return f"\n## {told['title']}\n\n| panel | unit | thresholds | what a rise means |\n|---|---|---|---|\n{rows}"


def _row(one: Panel) -> str:
    alert = f" [{one['alert']}](runbooks/{one['alert']}.md)" if "alert" in one else ""
    return f"| {one['title']} | {one.get('unit', '')} | {thresholds_in_words(one)} | {one['means'].strip()}{alert} |\n"


if __name__ == "__main__":
    sys.exit(brought_up_to_date(HERE, draw(), __doc__))
