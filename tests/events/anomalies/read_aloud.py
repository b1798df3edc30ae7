"""Ten anomalies as a broker would read them aloud: the receipts that lead to each, for `docs/read-aloud.md`."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from tests.helpers.arrivals import DAY, HOUR, MONDAY
from tests.helpers.facts_told import Stated, stated
from tests.helpers.words_told import told_of

from clearance.events.anomalies.clauses import Language
from clearance.events.receipts.facts import Fact
from clearance.events.values.particulars import Amount, Change, Contact, Fault, Limit, Particular, Place, Question

NOW = timedelta()


class ReadAloud(NamedTuple):
    """What leads to an anomaly of a rule, and when it is looked at."""

    rule: str
    title: str
    facts: tuple[Fact, ...]
    until: timedelta = NOW


def channel(code: str, *particulars: Particular, after: timedelta = NOW, text: str = "") -> Fact:
    return stated(code, after, *particulars, text=text, system="cn-channel")


ACCEPTED = stated("01", -HOUR)
PAYMENT = "CDSI000000000001"
DEBT = Amount(type="A00", value="117.20", currency="GBP", reference=PAYMENT, account="****2545")
DUE = (ACCEPTED, stated("13", NOW, DEBT, Limit(MONDAY + 10 * DAY, "DueDateTime", PAYMENT)))
TEN = (
    ReadAloud(
        "A07",
        "An inspection, with the officer's note",
        (channel("C", Place("三号查验场"), text="机检图像异常，请于明早九时到场开箱"),),
    ),
    ReadAloud(
        "A09",
        "Tax that is due in three days",
        DUE,
        7 * DAY,
    ),
    ReadAloud("A09", "The same when the limit has passed", DUE, 10 * DAY),
    ReadAloud(
        "A10",
        "A question of a caseworker",
        (ACCEPTED, stated("51", NOW, Question("Please confirm the origin of item 2"), Limit(MONDAY + 3 * DAY))),
    ),
    ReadAloud(
        "A10",
        "A supplement that is asked for",
        (channel("1", Change(item=3, name="监管证件 B", value="许可证编号"), text="第3项商品缺少B证"),),
    ),
    ReadAloud(
        "A06",
        "A declaration that is rejected",
        (channel("E", Fault("T0012", "商品编号与申报要素不符", item=1, name="商品编号"), text="退单"),),
    ),
    ReadAloud(
        "A28",
        "A request that is refused",
        (ACCEPTED, stated("03", NOW, Fault("CDS12005", "", "42A.67A.68A(2)", 2, "OriginCountryCode"))),
    ),
    ReadAloud(
        "A08",
        "A hold by another authority",
        (
            ACCEPTED,
            stated("50", NOW, Contact("portal@agency.example"), text="Documentary check by the plant health service"),
        ),
    ),
    ReadAloud("A13", "A proof of exit", (stated("09"), stated("18", HOUR, Limit(MONDAY + 60 * DAY))), 53 * DAY),
    ReadAloud("A31", "A complete declaration that is due", (channel("SpL", after=-HOUR), channel("SpK")), 10 * DAY),
)
PAGE = Path(__file__).parents[3] / "docs" / "read-aloud.md"
ABOUT = """\
# Ten anomalies, read aloud

<!-- Written by `python -m tests.events.anomalies.read_aloud`; not to be edited. -->

What is wrong, where, how much, until when, and what to do, as API, command line and `replay --json` tell it. The
sentences stand in `finding-words.csv` and `clauses.csv` of `events/clearance/events/tables/`; what an authority wrote
is quoted as it stands, in whatever language, and times are those of its office.
"""


def page() -> str:
    """The page, from the renderer."""
    return ABOUT + "".join(
        f"\n## {one.title}\n\n- {one.rule}: {_told(one, 'en')}\n- {one.rule}：{_told(one, 'zh')}\n" for one in TEN
    )


def _told(one: ReadAloud, language: Language) -> str:
    return told_of(Stated(*one.facts, until=one.until), one.rule, language)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
