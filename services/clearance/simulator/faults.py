"""What goes wrong on the way: at most one fault a life, so that what must follow from it stays clear.

A fault befalls a message that states its time and whose declaration is known by its primary number; in lives whose
messages explain each other (`order_matters`) only one that leaves them as they are.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from clearance.simulator.life import Consignment, Handling, Label, Life, Post
from clearance.simulator.waits import Waits
from clearance.simulator.words import words

HARMLESS = frozenset({"duplicate", "resend", "unknown_code"})
ABLE = frozenset({"receipt", "notification"})
MANGLED: dict[str, tuple[Handling, ...]] = {
    "a": ("truncated", "unclosed", "foreign", "mis-encoded", "emptied"),
    "b": ("truncated", "unclosed", "foreign", "emptied"),
}


class Done(Struct, frozen=True):
    """The posts after a fault, what it is called, and what must happen to the message itself."""

    posts: list[Post]
    fault: str
    labels: list[Label]


def befallen(life: Life, waits: Waits) -> Done:
    """The life's posts, with a fault or without one."""
    order_matters = waits.odds.figures.scenarios[life.scenario].order_matters
    for position, post in enumerate(life.posts):
        if post.word.form in ABLE:
            fault = _drawn(waits, order_matters)
            if fault and (done := FAULTS[fault](list(life.posts), position, waits)) is not None:
                return done
    return Done(list(life.posts), "", [])


def _drawn(waits: Waits, order_matters: bool) -> str:
    """The fault that befalls one message, mostly none."""
    left = waits.draw.random()
    for name in FAULTS:
        left -= getattr(waits.odds.figures.faults, name).share
        if left < 0:
            return name if name in HARMLESS or not order_matters else ""
    return ""


def _duplicate(posts: list[Post], position: int, waits: Waits) -> Done:
    return _again(posts, position, waits, "duplicate", "again")


def _resend(posts: list[Post], position: int, waits: Waits) -> Done | None:
    """The same receipt in an envelope of its own; UK notifications have none."""
    if posts[position].word.form != "receipt":
        return None
    return _again(posts, position, waits, "resend", "enveloped")


def _again(posts: list[Post], position: int, waits: Waits, fault: str, handling: Handling) -> Done:
    first = posts[position]
    at = waits.after(first.received_at, "redelivery")
    copy = replace(first, name=f"{first.name}-{handling}", received_at=at, handling=handling)
    return Done(_sorted([*posts, copy]), fault, [Label(copy.name, fault, "duplicate", at, at)])


def _reorder(posts: list[Post], position: int, waits: Waits) -> Done | None:
    """It arrives just after the next message of its declaration, if that comes soon."""
    post, within = posts[position], waits.odds.figures.faults.reorder.within
    later = [one for one in posts[position + 1 :] if one.word.form in ABLE and one.filing == post.filing]
    if not later or not post.occurred_at < later[0].occurred_at or later[0].received_at - post.received_at > within:
        return None
    return Done(_moved(posts, position, waits.after(later[0].received_at, "delivery")), "reorder", [])


def _delay(posts: list[Post], position: int, waits: Waits) -> Done:
    return Done(_moved(posts, position, waits.after(posts[position].received_at, "backlog")), "delay", [])


def _drop(posts: list[Post], position: int, waits: Waits) -> Done | None:
    if len(posts) == 1:
        return None  # nothing of the life would be left
    lost = posts[position]
    rest = posts[:position] + posts[position + 1 :]
    return Done(rest, "drop", [Label(lost.name, "drop", "", lost.received_at, lost.received_at)])


def _corrupt(posts: list[Post], position: int, waits: Waits) -> Done:
    post = posts[position]
    generation = waits.cargo.broker.generation if isinstance(waits.cargo, Consignment) else "b"
    mangled = replace(post, handling=waits.draw.choice(MANGLED[generation]))
    label = Label(post.name, "corrupt", "refused", post.received_at, post.received_at)
    return Done([*posts[:position], mangled, *posts[position + 1 :]], "corrupt", [label])


def _unknown_code(posts: list[Post], position: int, waits: Waits) -> Done:
    """One more message beside this one, with a code that no table holds."""
    post = posts[position]
    word = words()["unknown" if post.word.form == "receipt" else "uk-unknown"]
    extra = replace(post, name=f"{post.name}-{word.word}", word=word)
    return Done([*posts[: position + 1], extra, *posts[position + 1 :]], "unknown_code", [])


def _moved(posts: list[Post], position: int, received_at: datetime) -> list[Post]:
    moved = replace(posts[position], received_at=received_at)
    return _sorted([*posts[:position], moved, *posts[position + 1 :]])


def _sorted(posts: list[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: post.received_at)


FAULTS: dict[str, Callable[[list[Post], int, Waits], Done | None]] = {
    "duplicate": _duplicate,
    "resend": _resend,
    "reorder": _reorder,
    "drop": _drop,
    "delay": _delay,
    "corrupt": _corrupt,
    "unknown_code": _unknown_code,
}
"""By name in the figures."""
