"""China: messages of the single window and of customs behind it, in both generations."""

from functools import cache
from pathlib import Path

from clearance.authorities.cn import (
    amendment,
    business_receipt,
    declaration,
    envelope,
    file_names,
    import_response,
)
from clearance.events.tables.authority import Authority, Codec, Envelope, read_authority

CODECS = {
    "DEC_RESULT": Codec("cn", "业务回执 (generation B)", business_receipt.generation_b),
    "DEC_DATA": Codec("cn", "业务回执 (generation A)", business_receipt.generation_a),
    "DecImportResponse": Codec("cn", "导入回执", import_response.import_response),
    "Root": Codec("cn", "导入失败 (smart card)", import_response.smart_card_failure),
    "DecMessage": Codec("cn", "报关单", declaration.declaration),
    "DecModMessage": Codec("cn", "修撤单申请", amendment.amendment),
    "DecModSaveResponse": Codec("cn", "修撤单导入回执", amendment.amendment_response),
    "DxpRep": Codec("cn", "交换回执", envelope.delivered),
}
"""By root element."""
ENVELOPES = {"DxpMsg": Envelope("cn", envelope.payload, envelope.opened)}


@cache
def authority() -> Authority:
    """The entry point. Raises `InvalidTable`."""
    return read_authority(
        Path(__file__).parent,
        CODECS,
        envelopes=ENVELOPES,
        shortcut=business_receipt.without_a_tree,
        numbers_in_name=file_names.numbers_in_name,
        time_in_name=file_names.time_in_name,
    )
