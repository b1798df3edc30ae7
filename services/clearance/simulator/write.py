"""A planned message as an arrival: bytes with what is known of them beside, or a user's command."""

from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import Statement
from clearance.events.standing.statements import Plan
from clearance.events.values.times import rfc3339
from clearance.simulator import write_cn
from clearance.simulator.identities import Identity
from clearance.simulator.mangle import MANGLE
from clearance.simulator.story import Cargo, Consignment, Post, Story
from clearance.simulator.writers import uk_notification


def arrival(story: Story, post: Post) -> Arrival:
    own, cargo = story.identities[post.filing], story.cargo
    if post.plan is not None:
        return _command(story, post, post.plan)
    data = write_cn.written(post, cargo, own) if isinstance(cargo, Consignment) else _notification(post, cargo, own)
    return Arrival(
        name=post.name,
        at=post.received_at,
        data=MANGLE[post.handling](data) if post.handling in MANGLE else data,
        authority=cargo.authority,
        organisation=cargo.organisation,
        hints=write_cn.hints(post, own),
    )


def _command(story: Story, post: Post, plan: Plan) -> Arrival:
    times = {"cut_off_at": plan.cut_off_at, "arrived_at": plan.arrived_at, "departure_at": plan.departure_at}
    body = {name: rfc3339(at) for name, at in times.items() if at is not None}
    body |= {"vessel": plan.vessel, "voyage": plan.voyage}
    organisation = story.cargo.organisation
    return Arrival(
        name=post.name,
        at=post.received_at,
        kind="command",
        authority=story.cargo.authority,
        organisation=organisation,
        declaration=story.declaration(post.filing),
        statement=Statement(post.name, "transport_plan", post.received_at, organisation, body),
    )


def _notification(post: Post, cargo: Cargo, own: Identity) -> bytes:
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
