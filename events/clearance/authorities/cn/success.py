"""Whether the text beside a code 0 only says once more that it went well: 暂存成功, 导入成功！ (HXT `S0`; T209 001).

The client fills `ErrorMessage` with such a phrase too, and a phrase is no warning. One that goes on, denies or limits
(成功，但…, 未成功, 部分成功) is kept as one: whoever reads it loses nothing.
"""

import re

NAMES = re.compile(
    r"(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{10,18}|统一编号|暂存编号|预录入编号|[\s!！.。,，:：;；\[\]【】()（）]+"
)
"""What may stand beside the phrase: numbers and their names, punctuation."""
DENIED = re.compile(r"[未不没无非待需请缺但]|失败|错误|部分|\b(?:un|not|no|but|part|fail|error|warn)", re.IGNORECASE)
PHRASE = re.compile(r"[\u4e00-\u9fff]{0,12}成功|[a-z]{0,40}succe(?:ss(?:ful(?:ly)?)?|eded)|ok", re.IGNORECASE)
MAX_PHRASE = 80


def only_success(text: str) -> bool:
    """Whether `text` says nothing but that it went well."""
    if len(text) > MAX_PHRASE or DENIED.search(text):
        return False
    return PHRASE.fullmatch(NAMES.sub("", text)) is not None
