"""Ten notices as their readers get them, for `docs/notices-read-aloud.md`: `python -m tests.notices.read_aloud`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.api.system import System
from tests.helpers.stores import made_store
from tests.notices.told import Telling, add_organisations

from clearance.access.database import opened
from clearance.notices.messages import Message
from clearance.settings import load

PAGE = Path(__file__).parents[2] / "docs" / "notices-read-aloud.md"
HEAD = """\
# Ten notices, read aloud

<!-- Written by `python -m tests.notices.read_aloud`; not to be edited. -->

What recipients get, in English and in Chinese. The words around the sentence of an anomaly stand in `wording.csv` of
`services/clearance/notices/`; times are those of the recipient's clock, and in the sentence those of the office.
"""


class Case(NamedTuple):
    """A story of `tests/recordings`, up to and from a message of it; the last message of the second part is shown."""

    title: str
    story: str
    until: int
    rules: tuple[str, ...] = ()
    then: bool = False
    passed: timedelta = timedelta()


TEN = (
    Case("Goods are held for inspection", "held-then-released", 4),
    Case("The inspection has ended", "held-then-released", 4, then=True),
    Case("An inspection that nobody sees to", "inspection-escalates", 4, then=True),
    Case("A rejection", "rejected-and-left", 99),
    Case("A correction that is asked for", "returned-for-several-lines", 99),
    Case("Tax that nobody has paid", "tax-unpaid", 99),
    Case("The cut-off is near", "cut-off-near-then-released", 5, rules=("A11", "A12")),
    Case("The cut-off has passed", "cut-off-near-then-released", 5, rules=("A11", "A12"), passed=timedelta(days=2)),
    Case("A review that takes too long", "stuck-received-over-a-weekend", 99),
)


def page() -> str:
    """The page whole."""
    parts = [HEAD]
    for number, case in enumerate(TEN, 1):
        parts += [f"\n## {number}. {case.title}\n", *(_block(_told(case, language)) for language in ("en", "zh"))]
    parts += ["\n## 10. A digest\n", *(_block(_digest(language)) for language in ("en", "zh"))]
    return "".join(parts)


def _block(message: Message) -> str:
    return f"\n```\n{message.text}\n```\n"


def _told(case: Case, language: str) -> Message:
    with TemporaryDirectory() as folder, _telling(Path(folder)) as telling:
        telling.add(organisation="", language=language, rules=case.rules)
        arrivals = [*telling.system.arrivals_of(case.story)]
        telling.system.take(arrivals[: case.until])
        told = telling.tell()
        if case.then or case.passed:
            telling.system.take(arrivals[case.until :] if case.then else [])
            telling.system.pass_time(arrivals[-1].at + case.passed)
            told = telling.tell(hours=20)
        return told[-1]


def _digest(language: str) -> Message:
    with TemporaryDirectory() as folder, _telling(Path(folder)) as telling:
        telling.add(organisation="", language=language, digest_at=time(18))
        telling.system.play("rejected-and-left", "inspection-escalates", "tax-unpaid")
        telling.tell()
        telling.tell(hours=8)
        held = [*telling.system.arrivals_of("held-then-released")]
        telling.system.take(held[:4])
        telling.system.play("cut-off-near-then-released", "suspended-and-waiting")
        telling.collect()
        telling.system.take(held[4:])
        return telling.tell(hours=24)[0]


@contextmanager
def _telling(folder: Path) -> Iterator[Telling]:
    url = f"sqlite:///{folder / 'store.db'}"
    store = made_store(url)
    with opened(load(database_url=url), 2) as access:
        add_organisations(access)
        yield Telling(System(store), access)
    store.dispose()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
