"""A planned message as an arrival: bytes with what is known of them beside, or a user's command."""

from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import Statement
from clearance.events.standing.statements import Plan
from clearance.events.values.times import rfc3339
from clearance.simulator import chinese_messages
from clearance.simulator.identities import FilingNumbers
from clearance.simulator.life import Cargo, Consignment, Life, Post
from clearance.simulator.mangle import MANGLE
from clearance.simulator.writers import uk_notification


def arrival(life: Life, post: Post) -> Arrival:
    own, cargo = life.identities[post.filing], life.cargo
    if post.plan is not None:
        return _command(life, post, post.plan)
    data = (
        chinese_messages.chinese_message(post, cargo, own)
        if isinstance(cargo, Consignment)
        else _notification(post, cargo, own)
    )
    return Arrival(
        name=post.name,
        at=post.received_at,
        data=MANGLE[post.handling](data) if post.handling in MANGLE else data,
        authority=cargo.authority,
        organisation=cargo.organisation,
        hints=chinese_messages.file_hints(post, own),
    )


def _command(life: Life, post: Post, plan: Plan) -> Arrival:
    times = {"cut_off_at": plan.cut_off_at, "arrived_at": plan.arrived_at, "departure_at": plan.departure_at}
    body = {name: rfc3339(at) for name, at in times.items() if at is not None}
    body |= {"vessel": plan.vessel, "voyage": plan.voyage}
    organisation = life.cargo.organisation
    return Arrival(
        name=post.name,
        at=post.received_at,
        kind="command",
        authority=life.cargo.authority,
        organisation=organisation,
        declaration=life.declaration(post.filing),
        statement=Statement(post.name, "transport_plan", post.received_at, organisation, body),
    )


def _notification(post: Post, cargo: Cargo, own: FilingNumbers) -> bytes:
    word = post.word
    refusal = word.stands == "rejected"
    return uk_notification.notification(
        code=word.code,
        reference=f"{own.seed:04x}{own.number:012x}{int(post.occurred_at.timestamp()):08x}{int(word.code):08x}",
        at=post.occurred_at,
        mrn=own.mrn,
        lrn=own.lrn,
        text=word.text,
        name="" if refusal else word.qualifier,
        error=word.qualifier if refusal else "",
        namespaced=cargo.namespaced,
    )
