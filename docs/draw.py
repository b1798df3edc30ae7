"""Draw the pages that show the tables, and the picture of the rooms in the page on the architecture.

`python -m docs.draw`, or with `--check` only say whether they are up to date. Every cell of every table stands on one
of the pages, so no row can be altered unseen, and every arrow is an import (`tests/test_drawn_docs.py`).
"""

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import grimp
from docs import evaluation_tables, sizing
from docs.drawing import brought_up_to_date

from clearance.contracts.codes import STATUSES
from clearance.doctor.checks import TABLE as CHECKS
from clearance.events.tables.durations import Duration
from clearance.events.tables.loading import TABLES
from clearance.events.tables.transitions import CONDITIONAL, START
from clearance.settings.tables import authorities, default_tables

DOCS = Path(__file__).parent
Cells = Mapping[str, str]
MOVES = {
    "advance": ("→", "the declaration moves there"),
    "same": ("=", "it stands there already"),
    "revoke": ("↩", "it moves back, as customs may"),
    "late": ("late", "it stays, and the receipt is marked as out of order"),
    "fill": ("fill", "it stays, and the receipt only supplies a time"),
    "reopen": ("↺", "it moves back if an amendment was asked for or granted, else as ✕"),
    "after_end": ("✕", "it stays, and the receipt is flagged as one after the end"),
    "open": ("+", "an obligation is opened beside the stage"),
}


def draw() -> dict[str, str]:
    """All pages by file name."""
    return {
        "codes.md": _codes(),
        "transitions.md": _transitions(),
        "rules.md": _rules(),
        "days-off.md": _days_off(),
        "architecture.md": _architecture(),
        "evaluation.md": _filled("evaluation.md", evaluation_tables.tables()),
        "doctor.md": _doctor(),
        "sizing.md": _page("Sizing", sizing.page()),
    }


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _of_authorities(name: str) -> list[dict[str, str]]:
    """The rows of a table that every authority may have, each with whose it is."""
    own = [(one.profile.name, one.folder / name) for one in authorities()]
    return [{"authority": authority, **row} for authority, path in own if path.exists() for row in _read(path)]


def _table(rows: Iterable[Cells], columns: Sequence[str] = ()) -> str:
    """Rows as markdown, without the columns in which nothing stands."""
    rows = list(rows)
    shown = columns or [name for name in rows[0] if any(row[name] for row in rows)]
    lines = [shown, ["---"] * len(shown), *([_cell(row[name]) for name in shown] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def _sourced(rows: list[dict[str, str]]) -> str:
    """A table whose source is told once, if all rows have the same."""
    sources = {row["source"] for row in rows}
    if len(sources) > 1:
        return _table(rows)
    return f"Source: {_cell(sources.pop())}\n\n" + _table([{**row, "source": ""} for row in rows])


def _page(title: str, about: str, *sections: str) -> str:
    return "\n".join(
        (f"# {title}\n", "<!-- Drawn by docs/draw.py from the tables; not to be edited. -->\n", about, *sections)
    )


def _codes() -> str:
    systems = [path for authority in authorities() for path in authority.code_tables]
    kept = [
        {"system": system, **meaning.row.model_dump(include={"code", "qualifier", "zh", "reason"})}
        for system, meaning in default_tables().codes.rows()
        if not meaning.status
    ]
    about = (
        "A code is looked up within its own system only; its case matters. `*` stands for any other code. A row with\n"
        "`qualifier` is for that qualifier only, one with `when` only after that was seen; both come before a row\n"
        "without. `keeps` are obligations that stay open although the status ends them, `opens` is one that begins\n"
        "with the stage. `alert` names the rule of [rules.md](rules.md) that the code sets off.\n"
    )
    return _page(
        "What the codes mean",
        about,
        "## Canonical statuses\n",
        _table(_read(STATUSES)),
        *(f"## {path.stem}\n\n{_sourced(_read(path))}" for path in systems),
        "## Kept and flagged, and why\n",
        "These codes stand on the timeline and move nothing.\n",
        _table(kept),
        "A code that its table does not hold is kept too, and flagged by rule A20.\n",
        "## Numbers\n",
        _table(_of_authorities("numbers.csv")),
        "## Words that say that it was filed in advance\n",
        _table(_of_authorities("in-advance.csv")),
        "## What notes say\n",
        "By code: of what kind the particulars of a note are. A dialect's row counts before that of its authority.\n",
        _table(_of_authorities("note-codes.csv")),
        "Words of notes, and what they mean: the name of a field or a tax, or what stands before a value.\n",
        _table(_of_authorities("note-words.csv")),
        "## Errors\n",
        _sourced(_of_authorities("error-codes.csv")),
        "## Steps of pointers\n",
        "What the steps of a pointer to a field are called; a number says which one of the step before it.\n",
        _sourced(_of_authorities("pointers.csv")),
        "## Types of tax\n",
        _sourced(_of_authorities("tax-types.csv")),
        "## Supplements\n",
        _sourced(_of_authorities("supplements.csv")),
        "## Modes of transport\n",
        _sourced(_of_authorities("transport-modes.csv")),
        "## Customs offices that metrics name\n",
        "Each stands for all whose code begins so; of several the longest counts.\n",
        _sourced(_of_authorities("offices.csv")),
    )


def _transitions() -> str:
    rows = _read(TABLES / "transitions.csv")
    signs = [{name: cell if name == "stage" else MOVES[cell][0] for name, cell in row.items()} for row in rows]
    legend = [{"sign": sign, "move": move, "meaning": text} for move, (sign, text) in MOVES.items()]
    return _page(
        "How a declaration moves",
        "The row is where it stands, the column what the next receipt says, in the authority's order of time.\n",
        _diagram(),
        "An arrow from `before_release` holds for every stage inside it. Shorter ways, ends after the release and\n"
        "what is late are left out; the matrix holds them all.\n",
        "## The whole matrix\n",
        _table(signs, [*rows[0]]),
        _table(legend),
    )


def _diagram() -> str:
    """The main path: every advance that no other two make up, what leads off it and back, and what is taken back."""
    codes, moves = default_tables().codes, default_tables().transitions
    rows = sorted((row for row in codes.statuses.values() if row.kind == "stage"), key=lambda row: row.rank)
    on_path = [row.status for row in rows if row.group in ("in_preparation", "in_process", "cleared")]
    split = on_path.index("released")
    before, main = on_path[:split], [*on_path[:split], CONDITIONAL, *on_path[split:]]
    steps = {(a, b) for i, a in enumerate(main) for b in main[i + 1 :] if moves[a, b] == "advance"}
    direct = sorted(
        {(a, b) for a, b in steps if not any((a, c) in steps and (c, b) in steps for c in main)},
        key=lambda step: main.index(step[0]),
    )
    inside = [f"    {a} --> {b}" for a, b in direct if b in before]
    lines = [f"[*] --> {START}", "state before_release {", *inside, "}"]
    lines += [f"{a} --> {b}" for a, b in direct if b not in before]
    for off in (row.status for row in rows if row.status not in main):
        leaving = [a for a in before if moves[a, off] == "advance"]
        back = [b for b in main[1:] if moves[off, b] == "advance"]
        lines += [f"{a} --> {off}" for a in (["before_release"] if leaving == before else leaving)]
        lines += [f"{off} --> {back[0]} : again" if back else f"{off} --> [*]"]
    lines += [f"{a} --> {b} : {moves[a, b]}" for a in main for b in main[1:] if moves[a, b] in ("revoke", "reopen")]
    lines += [f"{main[-1]} --> [*]"]
    return "\n".join(("```mermaid", "stateDiagram-v2", *(f"    {line}" for line in lines), "```\n"))


def _rules() -> str:
    set_off: dict[str, list[str]] = {}
    for system, meaning in default_tables().codes.rows():
        set_off.setdefault(meaning.alert, []).append(f"{system} {meaning.row.code} {meaning.row.qualifier}".strip())
    says = default_tables().finding_words.sentences
    rules = [
        {
            **row,
            "severity": " ".join(dict.fromkeys(one["severity"] for one in _durations() if one["rule"] == row["rule"])),
            "do_zh": says[row["rule"], ""].do_zh if (row["rule"], "") in says else "",
            "do_en": says[row["rule"], ""].do_en if (row["rule"], "") in says else "",
            "codes": ", ".join(set_off.get(row["rule"], [])),
        }
        for row in _read(TABLES / "rules.csv")
    ]
    return _page(
        "What is wrong, and from when on",
        "A rule watches a code in force, the stage where the declaration stands, the transport plan, or a single\n"
        "fact. A lasting one stays open until it is closed by hand; the others close when what they found is no\n"
        "longer so. `depends`: what is open in the end follows from the set of `facts` and the time alone, or also\n"
        "from the order of the `log`: what lasts, and what is judged by the expectations in force. The `analyst`\n"
        "looks at many declarations; what watches `nothing` is not raised, for the reason that is given. When each\n"
        "level fires stands below.\n",
        "## Rules\n",
        _table(rules),
        "## Durations\n",
        "Of the rows that apply, the most specific count; `PT0S` fires at once. Time counts by the limit that the\n"
        "authority has set, by the cut-off, from the departure of the vessel or from the arrival of the goods, where\n"
        "there is a row for it and the time is known, else since the finding began. Before a limit or a cut-off\n"
        "`after` is negative; of the other levels only those that fire at once stay beside a limit. `working` counts\n"
        "office hours only; `says` names the sentence that is told at that level, where it is not the usual one.\n",
        _table(_durations()),
        "## What is said\n",
        "The sentence of a rule, the clauses that follow it with what receipts say, then what is to be done. Names in\n"
        "braces are filled in; `says` tells which sentence fits. Ten of them: [read-aloud.md](read-aloud.md).\n",
        _table(_read(TABLES / "finding-words.csv")),
        _table(_read(TABLES / "clauses.csv")),
        "## What is said of incidents\n",
        "One for many declarations: [incidents.md](incidents.md). `about` is the attribute that says who must act; of\n"
        "two it is the one that stands first among the attributes.\n",
        _table(_read(TABLES / "incident-words.csv")),
        _table(_read(TABLES / "incident-attributes.csv")),
        "## Office hours\n",
        "Days that differ from the week of their authority: [days-off.md](days-off.md).\n",
        _table(_of_authorities("calendar.csv")),
    )


def _doctor() -> str:
    rows = [{**row, "page": _linked(row["page"])} for row in _read(CHECKS)]
    return _page(
        "What the doctor looks at",
        "`clearance doctor` looks at broker, topics, log, store, secrets and machine, with the settings of its\n"
        "environment, and says what is wrong and what to do; `clearance doctor tracker` only at what a tracker needs.\n"
        "It changes nothing. Exit code 1: something is wrong, or could not be looked at; a `note` does not count.\n"
        "`--lang zh` says it in Chinese, `--json` to other programs. Why it is so: [decision\n"
        "74](decisions/0074-the-doctor-tells-the-fault-and-not-what-follows.md).\n",
        "In the order in which it is looked. `parts` are the processes that it concerns, all if there are none;\n"
        "`needs` are checks that must have found nothing before: what only follows from a fault is not told.\n",
        _table(rows, ("check", "looks_en", "severity", "parts", "needs", "page")),
        "## What to do\n",
        "In braces stands what was found.\n",
        _table(rows, ("check", "en", "do_en")),
        "## 中文\n",
        _table(rows, ("check", "looks_zh", "zh", "do_zh")),
    )


def _linked(page: str) -> str:
    """A page of the project, as the pages of this folder link to it."""
    path = page.removeprefix("docs/") if page.startswith("docs/") else f"../{page}"
    return f"[{Path(page).stem}]({path})"


def _days_off() -> str:
    return _page(
        "Holidays, and weekends that are worked",
        "Days that differ from the week of their authority, for durations that count `working` time. Of a year that\n"
        "is not here all hours count, and the anomaly says so: alarms come too early there, never too late.\n",
        *(
            f"## {name}\n\n{_sourced(_read(one.folder / 'days-off.csv'))}"
            for one in authorities()
            if (one.folder / "days-off.csv").exists() and (name := one.profile.name)
        ),
    )


def _durations() -> list[dict[str, str]]:
    """Those for any authority and those of each, by rule."""
    every = sorted([*_read(TABLES / "durations.csv"), *_of_authorities("durations.csv")], key=lambda row: row["rule"])
    columns = {
        name: field.get_default() for name, field in Duration.model_fields.items() if any(name in row for row in every)
    }
    return [{name: row.get(name, default) for name, default in columns.items()} for row in every]


def _architecture() -> str:
    """The page as it is written, with its pictures drawn anew from the imports."""
    events = {f"clearance.events.{name}": name for name in _packages("events/clearance/events")}
    places = ("services/clearance", "services/client/clearance")
    services = {f"clearance.{name}": name for place in places for name in _packages(place)}
    below = {"clearance.contracts": "contracts", "clearance.events": "events", "clearance.authorities": "authorities"}
    pictures = {
        "events": _rooms(events | {"clearance.authorities": "authorities"}),
        "services": _rooms(services | below),
    }
    return _filled("architecture.md", pictures)


def _filled(page: str, drawn: Mapping[str, str]) -> str:
    """A page that is written by hand, with what is drawn in it."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for name, what in drawn.items():
        start, end = f"<!-- drawn: {name} -->\n", "<!-- end of what is drawn -->"
        before, _, rest = text.partition(start)
        text = before + start + what + end + rest.partition(end)[2]
    return text


def _packages(folder: str) -> list[str]:
    return sorted(path.parent.name for path in (DOCS.parent / folder).glob("*/__init__.py"))


def _rooms(rooms: Mapping[str, str]) -> str:
    """Which room imports which, without the arrows that follow from two others."""
    arrows = imports(rooms)
    direct = [
        (a, b) for a, b in sorted(arrows) if not any((a, c) in arrows and (c, b) in arrows for c in rooms.values())
    ]
    return "\n".join(("```mermaid", "flowchart TD", *(f"    {a} --> {b}" for a, b in direct), "```", ""))


def imports(rooms: Mapping[str, str]) -> set[tuple[str, str]]:
    """(room, room that it imports, itself or through others), by the names of the rooms; of all code as it stands."""
    graph = grimp.build_graph("clearance", cache_dir=None)
    for room in rooms:
        graph.squash_module(room)
    reached = {room: graph.find_upstream_modules(room) for room in rooms}
    return {(rooms[a], rooms[b]) for a in rooms for b in rooms if a != b and b in reached[a]}


if __name__ == "__main__":
    sys.exit(brought_up_to_date(DOCS, draw(), __doc__))
