"""Valid messages of every format, written for these tests with made-up identities."""

from tests import messages

GENERATION_B = messages.dec_result(
    CUS_CIQ_NO="I20260000000000001",
    ENTRY_ID="223320261000000762",
    NOTICE_DATE="2026-03-01T09:18:33",
    CHANNEL="P",
    NOTE="报关单已放行",
    CUSTOM_MASTER="2233",
    I_E_DATE="2026-02-28",
    D_DATE="2026-03-01",
).decode()
GENERATION_B_EARLY = messages.dec_result(
    SEQ_NO="I20260000000000001",
    CUS_CIQ_NO="I20260000000000001",
    ENTRY_ID=None,
    NOTICE_DATE=None,
    CHANNEL="7",
    NOTE="Z110000012345直接申报成功",
    CLIENTSEQ_NO="CN-0042",
).decode()
GENERATION_A = messages.dec_data(
    version="3.1",
    info="已结关",
    SEQ_NO="E20260000000000002",
    ENTRY_ID="223320260000000763",
    NOTICE_DATE="20260301T09183350",
    CHANNEL="R",
    NOTE="报关单已结关",
    DECL_PORT="2233",
    AGENT_NAME="杭州示例报关有限公司",
    TRADE_CO="3301000001",
    PACK_NO="12",
    BILL_NO="MAWB-00012345",
    TRAF_MODE="5",
    VOYAGE_NO="CA1701",
    NET_WT="100.5",
    GROSS_WT="120",
    D_DATE="20260301",
).decode()
IMPORT_RESPONSE = messages.import_response(
    ResponseCode="0",
    ErrorMessage="第1项商品缺少B证",
    ClientSeqNo="CN-0042",
    SeqNo="I20260000000000001",
    TrnPreId=None,
).decode()
IMPORT_FAILED = messages.import_response(
    ResponseCode="-12", ErrorMessage="商品编码不存在", ClientSeqNo="CN-0043", SeqNo="Z11000001234567"
).decode()
SMART_CARD = messages.smart_card(
    resultFlag={"Type": "1", "Value": "11"}, failCode="C134", failInfo="读卡器未连接，错误码=50200"
).decode()
DECLARATION = messages.declaration(
    {
        "SeqNo": "I20260000000000001",
        "IEFlag": "I",
        "AgentCode": "3301980001",
        "AgentName": "杭州示例报关有限公司",
        "BillNo": "MAWB-00012345",
        "ContrNo": "HT 2026 01",
        "CustomMaster": "2233",
        "GrossWet": "120.5",
        "IEDate": "20260228",
        "IEPort": "2233",
        "NetWt": "100",
        "NoteS": "易碎",
        "OwnerCode": "3301000001",
        "OwnerName": "示例贸易",
        "PackNo": "12",
        "TradeCode": "3301000001",
        "TradeName": "示例贸易",
        "TradeMode": "0110",
        "TrafMode": "2",
        "TrafName": "EXAMPLE STAR",
        "EntryId": None,
        "PreEntryId": "223320260000000001",
        "TradeCoScc": "91330108MA2ABCD0XM",
    },
    {"OperType": "C", "ClientSeqNo": "CN-0042", "SignDate": "20260228T17000000"},
    DecLists={
        "DecList": [
            {"GNo": "1", "CodeTS": "8471300000", "GName": "电脑"},
            {"GNo": "2", "CodeTS": "8471410000", "GName": "电脑配件"},
        ]
    },
    DecContainers={"Container": [{"ContainerId": "EXMU1234567", "ContainerMd": "11"}, {"ContainerId": "EXMU7654321"}]},
    DecFreeTxt={"VoyNo": "026W"},
).decode()
AMENDMENT = messages.amendment(
    {
        "DecModSeqNo": "XG2026000001",
        "DecModType": "1",
        "EntryId": "223320261000000762",
        "CustomsCode": "2233",
        "TradeCode": "3301000001",
        "DecModNote": "重量填错",
        "DecSeqNo": "I20260000000000001",
        "IeFlag": "I",
        "OperType": "C",
    },
    DecModLists={"DecModList": {"FieldName": "NetWt", "OldValue": "1", "NewValue": "2"}},
).decode()
AMENDMENT_RESPONSE = messages.amendment_response(
    EntryId="223320261000000762", ResultMessage="暂存成功", ResultCode="0"
).decode()
DELIVERED = messages.delivered(
    ResponseCode="0",
    ResponseInfo="报文已交换",
    Results=None,
    NoticeTime="2026-03-01T09:18:33",
    OriHead={"CopMsgId": "DXPESW0000000001202603010918330001", "SenderId": "DXPESW0000000001"},
).decode()


def envelope(inner: bytes, **options: str) -> str:
    """A message in an envelope."""
    return messages.envelope(inner, **options).decode()


REJECTED: messages.Fields = {
    "FunctionCode": "03",
    "FunctionalReferenceID": "0a1b2c3d4e5f",
    "IssueDateTime": {'DateTimeString formatCode="304"': "20260301091833Z"},
    "Error": {"ValidationCode": "CDS12046", "Pointer": {"DocumentSectionCode": "42A"}},
    "Declaration": {"FunctionalReferenceID": "EXAMPLE 0001", "ID": "26GBEXAMPLE00001A0", "VersionID": "1"},
}
GRANTED: messages.Fields = {
    "FunctionCode": "11",
    "FunctionalReferenceID": "9f8e7d6c5b4a",
    "IssueDateTime": {'DateTimeString formatCode="304"': "20260701101833+01"},
    "AdditionalInformation": {"StatementDescription": "Granted"},
    "Status": {"NameCode": "39"},
    "Declaration": [{"ID": "26GBEXAMPLE00001A0"}, {"VersionID": "2"}],
}
RESPONSE = messages.response(**REJECTED).decode()
ANSWER = messages.notification(GRANTED, WCODataModelVersionCode="3.6", WCOTypeName="RES").decode()
TWO_RESPONSES = messages.notification(REJECTED, GRANTED, WCOTypeName="RES").decode()

VALID: dict[str, tuple[str, ...]] = {
    "generation-b": (GENERATION_B, GENERATION_B_EARLY),
    "generation-a": (GENERATION_A,),
    "import-response": (IMPORT_RESPONSE, IMPORT_FAILED),
    "smart-card": (SMART_CARD,),
    "declaration": (DECLARATION,),
    "amendment": (AMENDMENT, AMENDMENT.replace(">1</DecModType>", ">2</DecModType>")),
    "amendment-response": (AMENDMENT_RESPONSE,),
    "envelope": (envelope(GENERATION_B.encode()), envelope(DECLARATION.encode()), envelope(SMART_CARD.encode())),
    "delivered": (DELIVERED,),
    "notification": (RESPONSE, ANSWER, TWO_RESPONSES),
}
"""By codec: the messages that others are made from."""
