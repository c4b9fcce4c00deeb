"""The pages of All-Link in the console: a desk for each of its parties, from the ERP's file to the payment at maturity."""

from heqi.types.pages import (
    Action,
    Actions,
    Ask,
    Cell,
    Chart,
    Do,
    Field,
    Fields,
    Graph,
    Link,
    Markdown,
    Page,
    Progress,
    Screens,
    Stats,
    Steps,
    Table,
    Timeline,
    Todo,
    Tone,
    Tree,
    Upload,
    Words,
)  # fmt: skip

ISSUERS, SUPPLIERS, FUNDERS = ("CORE", "DEALER"), ("SUPPLIER",), ("FACTOR", "BANK")
GROUP = {"group": "@org"}
OF_PACKAGE, OF_NOTE, OF_REQUEST = {"package": "$package"}, {"note": "$note"}, {"request": "$request"}
TO_PACKAGE = Link(page="all_link.package", args={"package": ".package"})
TO_REQUEST = Link(page="all_link.finance_request", args={"request": ".request"})
TO_NOTE = Link(page="all_link.note_sheet", args={"note": ".note"})
STAGES = ("OFFERED", "CIRCULATING", "DUE", "SETTLED")
FINANCE_STAGES = ("REQUESTED", "APPROVED", "SIGNED", "REGISTERED", "PAYING", "FUNDED")


def _fields(*paths: str) -> tuple[Field, ...]:
    return tuple(Field(path=path) for path in paths)


def _row(*widgets: object) -> tuple[Cell, ...]:
    return (_one(*widgets),)


def _one(*widgets: object, span: int = 24) -> Cell:
    return Cell(stack=widgets, span=span)  # pyright: ignore[reportArgumentType]


def _todo(title: Words, ask: Ask, link: Link, *columns: str, orgs: tuple[str, ...] = (), roles: tuple[str, ...] = ("maker",)) -> Todo:
    return Todo(title=title, ask=ask, link=link, columns=_fields(*columns), orgs=orgs, roles=roles)


def _requests(stage: str) -> Ask:
    return Ask(view="all_link.my_requests", args={"stage": stage})


# --- the issuer ---------------------------------------------------------------------------------------------------------

PAYABLES = Page(
    id="all_link.payables", title=("应付导入", "Payables"), orgs=ISSUERS,
    rows=(
        _row(
            Upload(
                title=("导入 ERP 应付未清项", "Import open items from the ERP"), action="all_link.import_ap",
                help=(
                    "支持 CSV（UTF-8、GB18030）与 xlsx；逐行核对，合格行入账，不合格行列出原因。须由接口岗位（api）办理。",
                    "CSV (UTF-8, GB18030) or xlsx; each row is judged, good rows are imported, bad rows are told with the reason. "
                    "For the api desk.",
                ),
            )
        ),
        _row(
            Table(
                title=("应付未清项", "Open items"), ask=Ask(view="all_link.my_payables"), filters=("item.vendor",),
                columns=_fields(
                    "ap_no", "item.vendor", "item.amount", "vouchered", "item.due_date", "item.invoice_no", "item.plant", "imported"
                ),
                actions=(
                    Do(
                        action="all_link.issue_fjt",
                        fill={
                            "first_payee": ".item.vendor",
                            "items": ".ap_no",
                            "face": ".item.amount",
                            "plant": ".item.plant",
                            "maturity": ".item.due_date",
                        },
                    ),
                ),
            )
        ),
    ),
)

ISSUE = Page(
    id="all_link.issue", title=("开立福金通", "Issue a voucher"), orgs=ISSUERS, roles=("maker",),
    rows=(_row(Action(title=("开立福金通", "Issue a voucher"), do=Do(action="all_link.issue_fjt"))),),
)

PACKAGES = Page(
    id="all_link.packages", title=("我的开立", "Vouchers issued"), orgs=ISSUERS,
    rows=(
        _row(
            Table(
                title=("开立的凭证", "Vouchers issued"), ask=Ask(view="vouchers.issued"), filters=("stage",),
                columns=(
                    Field(path="package", link=TO_PACKAGE),
                    *_fields("first_payee", "face", "issue_date", "maturity", "confirm_bank", "paid", "stage"),
                ),
            )
        ),
    ),
)

PACKAGE = Page(
    id="all_link.package", title=("凭证详情", "Voucher"), takes=("package",), menu=False, heading="sheet.package.package",
    asks={"sheet": Ask(view="all_link.package", args=OF_PACKAGE), "way": Ask(view="all_link.way", args=OF_PACKAGE)},
    rows=(
        _row(
            Stats(items=_fields("sheet.package.face", "sheet.package.paid", "sheet.package.maturity", "sheet.package.stage")),
            Steps(title=("凭证的一生", "Life of the voucher"), path="sheet.package.stage", stages=STAGES),
        ),
        _row(
            Actions(
                title=("可办理的操作", "What can be done"),
                acts=(
                    *(Do(action=f"all_link.{act}", fill=OF_PACKAGE) for act in ("confirm_fjt", "accept", "reject", "withdraw")),
                    Do(action="all_link.cover_shortfall", fill={**OF_PACKAGE, "amount": ".sheet.funding.shortfall"}),
                ),
            )
        ),
        _row(
            Graph(
                title=("流转图谱", "Provenance"), path="way", id="hop", parents="previous", what="kind",
                more=_fields("receiver", "amount", "date"),
            )
        ),
        (
            _one(
                Fields(
                    title=("凭证要素", "Terms"),
                    items=(
                        *_fields(
                            "sheet.package.package",
                            "sheet.package.issuer",
                            "sheet.package.first_payee",
                            "sheet.terms.group",
                            "sheet.package.confirm_bank",
                            "sheet.terms.confirm_fee_pct",
                            "sheet.terms.confirm_fee",
                            "sheet.package.issue_date",
                        ),
                        Field(path="sheet.package.due", title=("应付日", "Payable on")),
                        *_fields("sheet.terms.plant", "sheet.package.splittable", "sheet.package.transferable"),
                    ),
                    columns=2,
                ),
                Table(title=("所依据的应付", "Open items behind it"), path="sheet.terms.parts", columns=_fields("ap_no", "amount")),
                span=14,
            ),
            _one(
                Timeline(
                    title=("流转记录", "Changes of hands"), path="way", when="date", what="kind",
                    more=_fields("sender", "receiver", "amount", "tx"),
                ),
                span=10,
            ),
        ),
        _row(
            Fields(
                title=("到期资金", "Funds at maturity"),
                items=_fields(
                    "sheet.funding.checked",
                    "sheet.funding.due",
                    "sheet.funding.available",
                    "sheet.funding.shortfall",
                    "sheet.claim.bank",
                    "sheet.claim.amount",
                ),
            ),
            Progress(title=("已兑付", "Paid"), done="sheet.package.paid", whole="sheet.package.face"),
            Table(
                title=("到期付款指令", "Instructions at maturity"), path="sheet.instructions",
                columns=(*_fields("holder", "amount"), Field(path="paid", title=("已付", "Paid"))),
            ),
        ),
    ),
)

# --- who holds ----------------------------------------------------------------------------------------------------------
TO_ACCEPT = Page(
    id="all_link.to_accept", title=("待签收", "To be accepted"), orgs=(*SUPPLIERS, *FUNDERS),
    rows=(
        _row(
            Table(
                title=("待本机构签收或保兑的凭证", "Vouchers to accept or confirm"), ask=Ask(view="vouchers.waiting"),
                columns=(Field(path="package", link=TO_PACKAGE), *_fields("issuer", "face", "maturity", "confirm_bank", "stage")),
            ),
            Table(
                title=("转让给我的凭证", "Notes offered to me"), ask=Ask(view="all_link.offered_to_me"), filters=("stage",),
                columns=(Field(path="note", link=TO_NOTE), *_fields("holder", "face", "maturity", "offered", "stage")),
            ),
        ),
    ),
)

NOTES = Page(
    id="all_link.notes", title=("我的凭证", "Notes held"), orgs=(*SUPPLIERS, *FUNDERS),
    rows=(
        _row(
            Table(
                title=("持有的凭证", "Notes held"), ask=Ask(view="all_link.my_notes"), filters=("stage", "issuer"),
                columns=(Field(path="note", link=TO_NOTE), *_fields("face", "issuer", "confirm_bank", "maturity", "hops", "stage")),
            )
        ),
    ),
)

NOTE = Page(
    id="all_link.note_sheet", title=("凭证", "Note"), takes=("note",), menu=False, heading="note.note",
    asks={
        "note": Ask(view="all_link.note_sheet", args=OF_NOTE),
        "hops": Ask(view="vouchers.own_hops", args=OF_NOTE),
        "chain?": Ask(view="all_link.note_chain", args=OF_NOTE),
    },
    rows=(
        _row(Stats(items=_fields("note.face", "note.maturity", "note.hops", "note.stage"))),
        _row(
            Actions(
                title=("可办理的操作", "What can be done"),
                acts=(
                    Do(action="all_link.sign_in", fill=OF_NOTE),
                    Do(action="all_link.decline", fill=OF_NOTE),
                    Do(action="all_link.recall", fill=OF_NOTE),
                    Do(action="all_link.transfer", fill={**OF_NOTE, "amount": ".note.face"}),
                    Do(action="all_link.request_finance", fill={**OF_NOTE, "amount": ".note.face"}),
                    Do(action="all_link.split", fill=OF_NOTE),
                ),
            )
        ),
        (
            _one(
                Fields(
                    title=("凭证要素", "Terms"), columns=2,
                    items=(
                        Field(path="note.note"),
                        Field(path="note.package", link=Link(page="all_link.package", args={"package": ".note.package"})),
                        *_fields("note.issuer", "note.holder", "note.counterparty", "note.confirm_bank"),
                    ),
                ),
                span=14,
            ),
            _one(
                Timeline(
                    title=("本机构的流转记录", "Changes of hands of one's own"), path="hops", when="date", what="kind",
                    more=_fields("sender", "receiver", "amount", "tx"),
                ),
                span=10,
            ),
        ),
        _row(
            Timeline(
                title=("流转链（经持有人同意）", "Chain, with the holder's consent"), path="chain", when="date", what="kind",
                more=_fields("sender", "receiver", "amount", "tx"),
            )
        ),
    ),
)

# --- financing ----------------------------------------------------------------------------------------------------------
REQUEST_COLUMNS = (
    Field(path="request", title=("申请编号", "Request"), format=None, link=TO_REQUEST),
    *_fields("note", "applicant", "financier", "amount", "rate", "proceeds", "value_date", "stage"),
)

REQUESTS = Page(
    id="all_link.requests", title=("融资", "Financing"), orgs=(*SUPPLIERS, *FUNDERS), asks={"saved": Ask(view="all_link.saving")},
    rows=(
        _row(Stats(items=_fields("saved.requests", "saved.amount", "saved.saving_fen"))),
        _row(
            Table(
                title=("融资申请", "Finance requests"), ask=Ask(view="all_link.my_requests"), filters=("stage",), columns=REQUEST_COLUMNS
            ),
            Table(
                title=("再保理", "Refactoring"), ask=Ask(view="all_link.my_refactorings"), filters=("stage",),
                columns=_fields("note", "factor", "bank", "amount", "rate", "cost", "receives", "margin_fen", "stage"),
            ),
        ),
    ),
)

REQUEST = Page(
    id="all_link.finance_request", title=("融资申请", "Finance request"), takes=("request",), menu=False, heading="asked.note",
    asks={"asked": Ask(view="all_link.finance_request", args=OF_REQUEST)},
    rows=(
        _row(
            Stats(items=_fields("asked.amount", "asked.interest", "asked.fee", "asked.proceeds", "asked.saving_fen", "asked.stage")),
            Steps(title=("办理进度", "Progress"), path="asked.stage", stages=FINANCE_STAGES),
        ),
        _row(
            Actions(
                title=("可办理的操作", "What can be done"),
                acts=(
                    Do(action="all_link.approve_finance", fill=OF_REQUEST),
                    Do(action="all_link.decline_finance", fill=OF_REQUEST),
                    Do(action="all_link.sign_assignment", fill=OF_REQUEST),
                    Do(action="all_link.fund_fjt", fill={**OF_REQUEST, "proceeds": ".asked.proceeds"}),
                    Do(action="all_link.refactor", fill=OF_REQUEST),
                ),
            )
        ),
        _row(
            Fields(
                title=("融资要素", "Terms"),
                items=tuple(

                        Field(path=f"asked.{name}")
                        for name in (
                            "note",
                            "applicant",
                            "financier",
                            "rate",
                            "platform_fee_pct",
                            "interest_bearer",
                            "value_date",
                            "maturity",
                            "days",
                            "benchmark",
                            "registration",
                            "order",
                            "assignment",
                        )

                ),
            )
        ),
    ),
)

# --- the group ----------------------------------------------------------------------------------------------------------

OVERVIEW = Page(
    id="all_link.overview", title=("集团驾驶舱", "Group cockpit"), orgs=("CORE",),
    asks={
        "payables": Ask(view="all_link.payables_activated", args=GROUP),
        "share": Ask(view="all_link.circulation", args=GROUP),
        "saved": Ask(view="all_link.group_saving", args=GROUP),
        "wall": Ask(view="all_link.maturity_wall", args=GROUP),
    },
    rows=(
        _row(
            Stats(
                items=(
                    Field(path="payables.imported", title=("已导入应付", "Payables imported")),
                    Field(path="payables.vouchered", title=("已开立凭证", "In vouchers")),
                    *_fields("payables.suppliers", "share.financed"),
                    Field(path="saved.saving_fen", title=("累计节约", "Saved in all")),
                )
            ),
            Progress(title=("应付激活率", "Payables activated"), done="payables.vouchered", whole="payables.imported"),
        ),
        (
            _one(
                Chart(
                    title=("到期墙（未来 30 天）", "Maturity wall, next 30 days"), shape="bar", path="wall", x=Field(path="due"),
                    y=(Field(path="face"),),
                ),
                span=14,
            ),
            _one(
                Chart(
                    title=("流转深度", "Depth of circulation"), shape="pie", path="share.depth", x=Field(path="hops"),
                    y=(Field(path="notes"),),
                ),
                span=10,
            ),
        ),
    ),
)

QUOTAS = Page(
    id="all_link.quotas", title=("额度树", "Quota tree"), orgs=("CORE", "BANK"),
    rows=(
        _row(
            Tree(
                title=("额度树", "Quota tree"), ask=Ask(view="limits.lines"), id="limit.node", parent="limit.parent",
                done="limit.used", whole="limit.approved",
                columns=_fields("limit.title", "limit.grantor", "limit.holder", "limit.approved", "available", "limit.valid_to"),
            ),
            Table(
                title=("按工厂的额度使用", "Quota in use by plant"), ask=Ask(view="all_link.quota_usage", args=GROUP),
                columns=_fields("issuer", "plant", "packages", "face"),
            ),
        ),
    ),
)

DEALERS = Page(
    id="all_link.dealers", title=("经销商热力图", "Dealer heat map"), orgs=("CORE",),
    rows=(
        _row(
            Chart(
                title=("经销商评分", "Dealers' scores"), shape="heat", ask=Ask(view="all_link.dealer_map", args=GROUP),
                x=Field(path="dealer"), y=_fields("score", "band", "month"),
            ),
            Upload(
                title=("导入经销商月报", "Import dealers' months"), action="all_link.record_dealer_month",
                help=(
                    "支持 CSV 与 xlsx，每行一家经销商一个月。须由接口岗位（api）办理。",
                    "CSV or xlsx, one dealer's month a row. For the api desk.",
                ),
            ),
        ),
    ),
)

# --- the paying bank ----------------------------------------------------------------------------------------------------

DUE = Page(
    id="all_link.due", title=("到期兑付", "Falling due"), orgs=("BANK",),
    rows=(
        _row(
            Markdown(
                text=(
                    "到期日由系统按常设授权逐笔付款；资金不足时，保兑行在凭证详情中**垫付缺口**。",
                    "At maturity payments follow the standing authorisation; a shortfall is **covered** by the confirming bank on "
                    "the voucher's page.",
                )
            ),
            Table(
                title=("到期未结清", "Due and not settled"), ask=Ask(view="all_link.due_today"),
                columns=(
                    Field(path="value", title=("凭证包号", "Package"), link=Link(page="all_link.package", args={"package": ".value"})),
                ),
            ),
            Table(
                title=("垫款债权", "Claims from cover"), ask=Ask(view="all_link.my_claims"),
                columns=(Field(path="package", link=TO_PACKAGE), *_fields("bank", "issuer", "amount", "advanced")),
            ),
        ),
    ),
)

# --- what waits ----------------------------------------------------------------------------------------------------------
TODOS = (
    _todo(
        ("待签收凭证", "Vouchers to accept or confirm"), Ask(view="vouchers.waiting"), TO_PACKAGE, "package", "issuer", "face", "stage",
    ),
    _todo(
        ("转让给我的凭证", "Notes offered to me"), Ask(view="all_link.offered_to_me"), TO_NOTE, "note", "holder", "face", "stage",
        orgs=SUPPLIERS,
    ),
    _todo(
        ("转人工的融资申请", "Requests referred to a person"), _requests("REFERRED"), TO_REQUEST, "note", "applicant", "amount", "stage",
        orgs=FUNDERS, roles=("checker", "approver"),
    ),
    _todo(
        ("待签转让合同", "Assignments to sign"), _requests("APPROVED"), TO_REQUEST, "note", "applicant", "amount", "stage",
        orgs=(*SUPPLIERS, *FUNDERS),
    ),
    _todo(
        ("待付款", "To be paid"), _requests("REGISTERED"), TO_REQUEST, "note", "applicant", "proceeds", "stage", orgs=FUNDERS,
        roles=("treasurer",),
    ),
    Todo(
        title=("到期未结清", "Due and not settled"), ask=Ask(view="all_link.due_today"), orgs=("BANK",), roles=("maker", "treasurer"),
        link=Link(page="all_link.package", args={"package": ".value"}), columns=(Field(path="value", title=("凭证包号", "Package")),),
    ),
)  # fmt: skip

SCREENS = Screens(
    pages=(OVERVIEW, PAYABLES, ISSUE, PACKAGES, TO_ACCEPT, NOTES, REQUESTS, DUE, QUOTAS, DEALERS, PACKAGE, NOTE, REQUEST),
    todos=TODOS,
    words={
        "aged_90d_units": ("90 天以上库存", "Stock older than 90 days"), "ap_no": ("应付编号", "AP item"),
        "basis": ("依据的贸易单据", "Trade documents"), "contract_digest": ("转让合同", "Assignment contract"),
        "cuts": ("拆分处（分）", "Cut after unit (fen)"), "dealer": ("经销商", "Dealer"),
        "gr_ir_matched": ("收货与发票已核对", "GR/IR matched"), "items": ("所依据的应付", "Open items"),
        "payments_on_time_bps": ("按时付款率", "Paid on time"), "plant": ("工厂", "Plant"), "platform_fee_pct": ("平台费率", "Platform"),
        "retail_units": ("零售台数", "Units sold"), "stock_units": ("库存台数", "Units in stock"),
        "vehicle_programme": ("车型项目", "Vehicle programme"), "vouchered": ("已开立", "In vouchers"),
    },
    tones={
        "AGREED": Tone(words=("已约定", "Agreed"), colour="blue"), "DECLINED": Tone(words=("已拒绝", "Declined"), colour="red"),
        "FUNDED": Tone(words=("已放款", "Funded"), colour="green"), "HOLDER": Tone(words=("持有人", "Holder")),
        "ISSUER": Tone(words=("开单方", "Issuer")), "PAYING": Tone(words=("付款中", "Paying"), colour="orange"),
        "REFERRED": Tone(words=("转人工", "Referred"), colour="orange"), "REGISTERED": Tone(words=("已登记", "Registered"), colour="cyan"),
        "REQUESTED": Tone(words=("已申请", "Requested"), colour="blue"), "SIGNED": Tone(words=("已签约", "Signed"), colour="cyan"),
        "A": Tone(words=("A 档", "Band A"), colour="green"), "B": Tone(words=("B 档", "Band B"), colour="blue"),
        "C": Tone(words=("C 档", "Band C"), colour="orange"), "D": Tone(words=("D 档", "Band D"), colour="red"),
    },
)  # fmt: skip
