"""How Grafana is told what a panel shows.

A panel in `panels/*.yml` has `title`, `unit`, what it `shows` (a key of `SIZES`), what a rise `means`, its thresholds
(`orange` and `red` from that value on, `orange_below` and `red_below` under it) and `queries` by legend; if there is
one, the `alert` that watches the same, `words` for values, and what it means if there is nothing (`absent`).
"""

from typing import Any

Panel = dict[str, Any]
Place = dict[str, int]
SOURCE = {"type": "prometheus", "uid": "prometheus"}
SIZES = {"number": (4, 4), "numbers": (8, 4), "lines": (8, 8), "stacked": (8, 8), "bars": (8, 8), "table": (24, 9)}
"""Width and height by what a panel shows."""
TYPES = {
    "number": "stat",
    "numbers": "stat",
    "lines": "timeseries",
    "stacked": "timeseries",
    "bars": "bargauge",
    "table": "table",
}
INSTANT = {"bars", "table"}
LATEST = {"calcs": ["lastNotNull"]}
OPTIONS: dict[str, Panel] = {
    "stat": {"colorMode": "background", "graphMode": "none", "textMode": "auto", "wideLayout": True},
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "bargauge": {"displayMode": "basic", "orientation": "horizontal", "showUnfilled": True, "valueMode": "color"},
    "table": {"showHeader": True},
}


def dashboard(uid: str, title: str, begin: str, panels: list[Panel]) -> Panel:
    """A dashboard, with links to the others."""
    links = {"type": "dashboards", "title": "clearance", "tags": ["clearance"], "asDropdown": False, "keepTime": False}
    head = {"uid": uid, "title": title, "tags": ["clearance"], "schemaVersion": 41, "version": 1, "editable": False}
    shown = {"graphTooltip": 1, "refresh": "10s", "time": {"from": begin, "to": "now"}, "timezone": "browser"}
    return {**head, **shown, "links": [links], "panels": panels}


def draw_panel(nth: int, told: Panel, place: Place) -> Panel:
    """One panel, the nth from 1."""
    kind = TYPES[told["shows"]]
    options = {**OPTIONS[kind], **({"reduceOptions": LATEST} if kind in ("stat", "bargauge") else {})}
    targets = [_target(at, told, legend, query) for at, (legend, query) in enumerate(told["queries"].items())]
    drawn = {"id": nth, "type": kind, "title": told["title"], "description": _description(told), "datasource": SOURCE}
    fields = {"defaults": _defaults(told, kind), "overrides": []}
    drawn |= {"gridPos": place, "fieldConfig": fields, "options": options, "targets": targets}
    return drawn | (_table(told, targets) if kind == "table" else {})


def steps(told: Panel) -> list[Panel]:
    """Thresholds from the lowest value up; the first colour holds below all of them."""
    if "red_below" in told or "orange_below" in told:
        below = [(color, told[f"{color}_below"]) for color in ("red", "orange") if f"{color}_below" in told]
        colors, values = [color for color, _ in below] + ["green"], [None, *(value for _, value in below)]
        return [{"color": color, "value": value} for color, value in zip(colors, values, strict=True)]
    above = [{"color": color, "value": told[color]} for color in ("orange", "red") if color in told]
    return [{"color": "green", "value": None}, *above]


def thresholds_in_words(told: Panel) -> str:
    """As the page that lists the panels says them."""
    names = {"orange": "orange from", "red": "red from", "orange_below": "orange below", "red_below": "red below"}
    return ", ".join(f"{words} {told[name]:,}" for name, words in names.items() if name in told)


def asked(told: Panel, query: str) -> str:
    """A query as Grafana sends it: it finds 0 where there is nothing, if the panel does not say what that means."""
    return query if "absent" in told else f"{query} or on() vector(0)"


def _defaults(told: Panel, kind: str) -> Panel:
    found: Panel = {"unit": told.get("unit", "none"), "thresholds": {"mode": "absolute", "steps": steps(told)}}
    if "words" in told:
        named = {str(value): {"text": text} for value, text in told["words"].items()}
        found["mappings"] = [{"type": "value", "options": named}]
    if "absent" in told:
        found["noValue"] = told["absent"]
    if kind != "timeseries":
        return found | {"color": {"mode": "thresholds"}}
    stacking = {"mode": "normal" if told["shows"] == "stacked" else "none", "group": "A"}
    custom: Panel = {"lineWidth": 1, "fillOpacity": 35 if told["shows"] == "stacked" else 0, "showPoints": "never"}
    custom |= {"stacking": stacking, "thresholdsStyle": {"mode": "dashed"}}
    return found | {"color": {"mode": "palette-classic"}, "custom": custom}


def _target(at: int, told: Panel, legend: str, query: str) -> Panel:
    target: Panel = {"refId": chr(ord("A") + at), "expr": asked(told, query), "legendFormat": legend}
    return target | ({"instant": True, "range": False} if told["shows"] in INSTANT else {})


def _description(told: Panel) -> str:
    means = str(told["means"]).strip()
    return f"{means} Alert {told['alert']}: docs/runbooks/{told['alert']}.md" if "alert" in told else means


def _table(told: Panel, targets: list[Panel]) -> Panel:
    names = {f"Value #{target['refId']}": target["legendFormat"] for target in targets}
    organize = {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": names}}
    counted = {"matcher": {"id": "byName", "options": "ended"}, "properties": [{"id": "unit", "value": "short"}]}
    fields = {"defaults": _defaults(told, "table"), "overrides": [counted]}
    shown = [{**target, "format": "table"} for target in targets]
    return {"targets": shown, "fieldConfig": fields, "transformations": [{"id": "merge", "options": {}}, organize]}
