"""`clearance anomalies`: what is wrong, and what is done about it by hand; asked of the running API."""

from itertools import islice
from typing import Annotated, Any

import typer

from clearance.cli import options
from clearance.cli.anomalies_shown import show_history, show_list, show_mutes
from clearance.cli.answer_panel import show_freshness
from clearance.client.models import GeneralMute

app = typer.Typer(help="What is wrong: listed, acknowledged, assigned, resolved, muted.", no_args_is_help=True)

LIST = """
Examples:

  clearance anomalies list                                     what is open, the earliest limit first

  clearance anomalies list --declaration E20260004010000003    of one declaration, by any of its numbers

  clearance anomalies list --unacknowledged --severity critical --lang zh

  clearance anomalies list --assignee Wang --json              for other programs
"""
SHOW = """
Examples:

  clearance anomalies show 5c0a5f1e77aa04f1b0a7c9d2            what is wrong, what to do, and what became of it
"""
ACKNOWLEDGE = """
Examples:

  clearance anomalies acknowledge 5c0a5f1e77aa04f1b0a7c9d2 --note 'the broker is at it' --by Li
"""
ASSIGN = """
Examples:

  clearance anomalies assign 5c0a5f1e77aa04f1b0a7c9d2 Wang

  clearance anomalies assign 5c0a5f1e77aa04f1b0a7c9d2 ''       nobody sees to it any more
"""
RESOLVE = """
Examples:

  clearance anomalies resolve 5c0a5f1e77aa04f1b0a7c9d2 --note 'released on paper'
"""
FALSE_POSITIVE = """
Examples:

  clearance anomalies false-positive 5c0a5f1e77aa04f1b0a7c9d2 --note 'the office was closed'
"""
MUTE = """
Examples:

  clearance anomalies mute E20260004010000003 A13 --until 2026-03-09T00:00:00Z
"""
MUTE_RULE = """
Examples:

  clearance anomalies mute-rule A18                                    for good

  clearance anomalies mute-rule A04 --until 2026-10-09T00:00:00Z       over the holidays
"""
MUTES = """
Examples:

  clearance anomalies mutes                        of which rules you are not notified

  clearance anomalies mutes E20260004010000003     of which you are not for one declaration
"""

Id = Annotated[str, typer.Argument(help="The id of an anomaly, as `list` shows it.", show_default=False)]
Note = Annotated[str, typer.Option(help="A note for your own people.")]
By = Annotated[str, typer.Option(help="Who does it; else the key is named.", metavar="NAME")]
Until = Annotated[str, typer.Option(help="Until when, RFC 3339; a time that has passed ends it.", metavar="TIME")]
Rule = Annotated[str, typer.Argument(help="The rule, such as A13.", show_default=False)]
DONE = {
    "acknowledge": "acknowledged",
    "assign": "assigned",
    "resolve": "resolved for you",
    "false_positive": "no anomaly for you",
}
"""What is printed of a command that was accepted."""
PENDING = "written, and not decided yet, since the tracker is behind: `clearance anomalies show` tells more later"


@app.command("list", epilog=LIST)
def list_(
    declaration: Annotated[str, typer.Option(help="Of this declaration, by any of its numbers.")] = "",
    state: Annotated[list[str] | None, typer.Option(help="In this state; `any` for all. Several times.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Of this rule; several times.")] = None,
    severity: Annotated[list[str] | None, typer.Option(help="Of this severity; several times.")] = None,
    assignee: Annotated[str, typer.Option(help="Assigned to this name.")] = "",
    unacknowledged: Annotated[bool, typer.Option("--unacknowledged", help="Not acknowledged by you.")] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="At most so many.")] = 50,
    language: options.Lang = "en",
    as_json: options.Json = False,
    api: options.Api = None,
) -> None:
    """What is wrong, as it stands for whoever asks. Exit code 2 if the API cannot answer."""
    from clearance.cli.api_access import one_line, opened

    asked = {"declaration": declaration, "state": state, "rule": rule, "severity": severity, "assignee": assignee}
    wanted: dict[str, Any] = {name: value for name, value in asked.items() if value}
    if unacknowledged:
        wanted["unacknowledged"] = True
    with one_line(), opened(api, language) as client:
        found = [*islice(client.anomalies(**wanted, limit=min(most, 500)), most)]
        listed = client.listed
    if as_json:
        for one in found:
            typer.echo(options.as_line(one))
    else:
        show_list(options.console(), found, language)
        show_freshness(options.console(), listed, language)


@app.command("show", epilog=SHOW)
def show(anomaly: Id, language: options.Lang = "en", as_json: options.Json = False, api: options.Api = None) -> None:
    """One anomaly and its history. Exit code 2 if it is unknown."""
    from clearance.cli.api_access import one_line, opened

    with one_line(), opened(api, language) as client:
        answer = client.anomaly(anomaly)
    if as_json:
        typer.echo(options.as_line(answer.value))
    else:
        show_history(options.console(), answer, language)


@app.command("acknowledge", epilog=ACKNOWLEDGE)
def acknowledge(anomaly: Id, note: Note = "", by: By = "", api: options.Api = None) -> None:
    """Take note of an open anomaly. Exit code 2 if the API refuses."""
    _do(api, "acknowledge", anomaly, note=note, by=by)


@app.command("assign", epilog=ASSIGN)
def assign(
    anomaly: Id,
    assignee: Annotated[str, typer.Argument(help="Who sees to it; '' for nobody.", show_default=False)],
    note: Note = "",
    by: By = "",
    api: options.Api = None,
) -> None:
    """Say who sees to an open anomaly. Exit code 2 if the API refuses."""
    _do(api, "assign", anomaly, assignee=assignee, note=note, by=by)


@app.command("resolve", epilog=RESOLVE)
def resolve(anomaly: Id, note: Note = "", by: By = "", api: options.Api = None) -> None:
    """Close an open anomaly by hand, for you; with a key of the operator for all. Exit code 2 if the API refuses."""
    _do(api, "resolve", anomaly, note=note, by=by)


@app.command("false-positive", epilog=FALSE_POSITIVE)
def false_positive(anomaly: Id, note: Note = "", by: By = "", api: options.Api = None) -> None:
    """Say that an open anomaly is none; it counts against its rule. Exit code 2 if the API refuses."""
    _do(api, "false_positive", anomaly, note=note, by=by)


@app.command("mute", epilog=MUTE)
def mute(
    number: options.DeclarationNumber,
    rule: Rule,
    until: Until,
    by: By = "",
    api: options.Api = None,
) -> None:
    """Be not notified of a rule for one declaration. Exit code 2 if the API refuses."""
    from clearance.cli.api_access import one_line, opened

    at = options.instant(until)
    with one_line(), opened(api, "en") as client:
        outcome = client.mute(number, rule, until=at, by=by).value.outcome.code
    told = f"{rule} is muted for {number} until {until}" if outcome == "accepted" else f"{number}: {PENDING}"
    options.console().print(told, soft_wrap=True)


@app.command("mute-rule", epilog=MUTE_RULE)
def mute_rule(
    rule: Rule,
    until: Annotated[str, typer.Option(help="Until when, RFC 3339; else for good.", metavar="TIME")] = "",
    by: By = "",
    api: options.Api = None,
) -> None:
    """Be not notified of a rule, whatever the declaration. Exit code 2 if the API refuses."""
    from clearance.cli.api_access import one_line, opened

    said: GeneralMute = {"by": by, "until": options.instant(until)} if until else {"by": by}
    with one_line(), opened(api, "en") as client:
        client.mute_rule(rule, **said)
    options.console().print(f"{rule} is muted {f'until {until}' if until else 'for good'}", soft_wrap=True)


@app.command("unmute-rule")
def unmute_rule(rule: Rule, api: options.Api = None) -> None:
    """Be notified of a rule again. Exit code 2 if the API refuses."""
    from clearance.cli.api_access import one_line, opened

    with one_line(), opened(api, "en") as client:
        client.unmute_rule(rule)
    options.console().print(f"{rule} is not muted", soft_wrap=True)


@app.command("mutes", epilog=MUTES)
def mutes(
    number: Annotated[str, typer.Argument(help="Any number of a declaration; else of rules in general.")] = "",
    language: options.Lang = "en",
    api: options.Api = None,
) -> None:
    """What you are not notified of. Exit code 2 if the API cannot answer."""
    from clearance.cli.api_access import one_line, opened

    with one_line(), opened(api, language) as client:
        found = client.mutes(number).value.mutes if number else client.muted_rules().value.mutes
    show_mutes(options.console(), found, language)


def _do(api: str | None, what: str, anomaly: str, **said: str) -> None:
    from clearance.cli.api_access import one_line, opened

    given = {name: value for name, value in said.items() if value or name == "assignee"}
    with one_line(), opened(api, "en") as client:
        outcome = getattr(client, what)(anomaly, **given).value.outcome.code
    options.console().print(f"{anomaly}: {DONE[what] if outcome == 'accepted' else PENDING}", soft_wrap=True)
