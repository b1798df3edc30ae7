"""Valid messages of every format, written for these tests with made-up identities."""

from base64 import b64encode

GENERATION_B = (
    "<DEC_RESULT><CUS_CIQ_NO>I20260000000000001</CUS_CIQ_NO><ENTRY_ID>223320261000000762</ENTRY_ID>"
    "<NOTICE_DATE>2026-03-01T09:18:33</NOTICE_DATE><CHANNEL>P</CHANNEL><NOTE>报关单已放行</NOTE>"
    "<CUSTOM_MASTER>2233</CUSTOM_MASTER><I_E_DATE>2026-02-28</I_E_DATE><D_DATE>2026-03-01</D_DATE></DEC_RESULT>"
)
GENERATION_B_EARLY = (
    "<DEC_RESULT><SEQ_NO>I20260000000000001</SEQ_NO><CUS_CIQ_NO>I20260000000000001</CUS_CIQ_NO><ENTRY_ID/>"
    "<NOTICE_DATE/><CHANNEL>7</CHANNEL><NOTE>Z110000012345直接申报成功</NOTE>"
    "<CLIENTSEQ_NO>CN-0042</CLIENTSEQ_NO></DEC_RESULT>"
)
GENERATION_A = (
    "<DEC_DATA><INTERFACE_VERSION>3.1</INTERFACE_VERSION><DEC_RESULT><SEQ_NO>E20260000000000002</SEQ_NO>"
    "<ENTRY_ID>223320260000000763</ENTRY_ID><NOTICE_DATE>20260301T09183350</NOTICE_DATE><CHANNEL>R</CHANNEL>"
    "<NOTE>报关单已结关</NOTE><DECL_PORT>2233</DECL_PORT><AGENT_NAME>杭州示例报关有限公司</AGENT_NAME>"
    "<TRADE_CO>3301000001</TRADE_CO><PACK_NO>12</PACK_NO><BILL_NO>MAWB-00012345</BILL_NO><TRAF_MODE>5</TRAF_MODE>"
    "<VOYAGE_NO>CA1701</VOYAGE_NO><NET_WT>100.5</NET_WT><GROSS_WT>120</GROSS_WT><D_DATE>20260301</D_DATE>"
    "</DEC_RESULT><RESULT_INFO>已结关</RESULT_INFO></DEC_DATA>"
)
IMPORT_RESPONSE = (
    "<DecImportResponse><ResponseCode>0</ResponseCode><ErrorMessage>第1项商品缺少B证</ErrorMessage>"
    "<ClientSeqNo>CN-0042</ClientSeqNo><SeqNo>I20260000000000001</SeqNo><TrnPreId/></DecImportResponse>"
)
IMPORT_FAILED = (
    "<DecImportResponse><ResponseCode>-12</ResponseCode><ErrorMessage>商品编码不存在</ErrorMessage>"
    "<ClientSeqNo>CN-0043</ClientSeqNo><SeqNo>Z11000001234567</SeqNo></DecImportResponse>"
)
SMART_CARD = (
    "<Root><resultFlag><Type>1</Type><Value>11</Value></resultFlag><failCode>C134</failCode>"
    "<failInfo>读卡器未连接，错误码=50200</failInfo></Root>"
)
DECLARATION = (
    "<DecMessage><DecHead><SeqNo>I20260000000000001</SeqNo><IEFlag>I</IEFlag><AgentCode>3301980001</AgentCode>"
    "<AgentName>杭州示例报关有限公司</AgentName><BillNo>MAWB-00012345</BillNo><ContrNo>HT 2026 01</ContrNo>"
    "<CustomMaster>2233</CustomMaster><GrossWet>120.5</GrossWet><IEDate>20260228</IEDate><IEPort>2233</IEPort>"
    "<NetWt>100</NetWt><NoteS>易碎</NoteS><OwnerCode>3301000001</OwnerCode><OwnerName>示例贸易</OwnerName>"
    "<PackNo>12</PackNo><TradeCode>3301000001</TradeCode><TradeName>示例贸易</TradeName><TradeMode>0110</TradeMode>"
    "<TrafMode>2</TrafMode><TrafName>EXAMPLE STAR</TrafName><EntryId/><PreEntryId>223320260000000001</PreEntryId>"
    "<TradeCoScc>91330108MA2ABCD0XM</TradeCoScc></DecHead>"
    "<DecLists><DecList><GNo>1</GNo><CodeTS>8471300000</CodeTS><GName>电脑</GName></DecList>"
    "<DecList><GNo>2</GNo><CodeTS>8471410000</CodeTS><GName>电脑配件</GName></DecList></DecLists>"
    "<DecContainers><Container><ContainerId>EXMU1234567</ContainerId><ContainerMd>11</ContainerMd></Container>"
    "<Container><ContainerId>EXMU7654321</ContainerId></Container></DecContainers>"
    "<DecFreeTxt><VoyNo>026W</VoyNo></DecFreeTxt>"
    "<DecSign><OperType>C</OperType><ClientSeqNo>CN-0042</ClientSeqNo><SignDate>20260228T17000000</SignDate></DecSign>"
    "</DecMessage>"
)
AMENDMENT = (
    "<DecModMessage><DecModHead><DecModSeqNo>XG2026000001</DecModSeqNo><DecModType>1</DecModType>"
    "<EntryId>223320261000000762</EntryId><CustomsCode>2233</CustomsCode><TradeCode>3301000001</TradeCode>"
    "<DecModNote>重量填错</DecModNote><DecSeqNo>I20260000000000001</DecSeqNo><IeFlag>I</IeFlag><OperType>C</OperType>"
    "</DecModHead><DecModLists><DecModList><FieldName>NetWt</FieldName><OldValue>1</OldValue><NewValue>2</NewValue>"
    "</DecModList></DecModLists></DecModMessage>"
)
AMENDMENT_RESPONSE = (
    "<DecModSaveResponse><EntryId>223320261000000762</EntryId><ResultMessage>暂存成功</ResultMessage>"
    "<ResultCode>0</ResultCode></DecModSaveResponse>"
)
DELIVERED = (
    "<DxpRep><ResponseCode>0</ResponseCode><ResponseInfo>报文已交换</ResponseInfo><Results/>"
    "<NoticeTime>2026-03-01T09:18:33</NoticeTime><OriHead><CopMsgId>DXPESW0000000001202603010918330001</CopMsgId>"
    "<SenderId>DXPESW0000000001</SenderId></OriHead></DxpRep>"
)


def envelope(inner: bytes, *, key: str = "CUS_CIQ_NO", value: str = "I20260000000000001") -> str:
    """A DxpMsg around a message."""
    return (
        "<DxpMsg><TransInfo><CopMsgId>DXPESW0000000001202603010918330001</CopMsgId><SenderId>DXPESW0000000001</SenderId>"
        "<ReceiverIds><ReceiverId>DXPEDCCUS0000001</ReceiverId></ReceiverIds><CreatTime>2026-03-01T09:18:33</CreatTime>"
        f"<MsgType>DECCUSSH1</MsgType></TransInfo><Data>{b64encode(inner).decode()}</Data>"
        f'<AddInfo><FileName>a.xml</FileName><BizKey><Key name="{key}">{value}</Key></BizKey></AddInfo></DxpMsg>'
    )


RESPONSE = (
    "<Response><FunctionCode>03</FunctionCode><FunctionalReferenceID>0a1b2c3d4e5f</FunctionalReferenceID>"
    '<IssueDateTime><DateTimeString formatCode="304">20260301091833Z</DateTimeString></IssueDateTime>'
    "<Error><ValidationCode>CDS12046</ValidationCode><Pointer><DocumentSectionCode>42A</DocumentSectionCode></Pointer>"
    "</Error><Declaration><FunctionalReferenceID>EXAMPLE 0001</FunctionalReferenceID><ID>26GBEXAMPLE00001A0</ID>"
    "<VersionID>1</VersionID></Declaration></Response>"
)
ANSWER = (
    "<MetaData><WCODataModelVersionCode>3.6</WCODataModelVersionCode><WCOTypeName>RES</WCOTypeName><Response>"
    "<FunctionCode>11</FunctionCode><FunctionalReferenceID>9f8e7d6c5b4a</FunctionalReferenceID>"
    '<IssueDateTime><DateTimeString formatCode="304">20260701101833+01</DateTimeString></IssueDateTime>'
    "<AdditionalInformation><StatementDescription>Granted</StatementDescription></AdditionalInformation>"
    "<Status><NameCode>39</NameCode></Status><Declaration><ID>26GBEXAMPLE00001A0</ID></Declaration>"
    "<Declaration><VersionID>2</VersionID></Declaration></Response></MetaData>"
)
TWO_RESPONSES = "<MetaData><WCOTypeName>RES</WCOTypeName>" + RESPONSE + ANSWER[ANSWER.index("<Response>") :]

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
