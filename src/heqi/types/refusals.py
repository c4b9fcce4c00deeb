"""Refusals every floor shares (spec/conventions.md §1.4).

An application adds its own beside its model only when none fits.
"""

from heqi.types.rejection import Rejection


class SchemaInvalid(Rejection):
    """请求格式不符：{problem}。
    The request does not fit its form: {problem}."""

    problem: str


class MoneyInvalid(Rejection):
    """金额无效：{problem}。金额须为最小货币单位的整数。
    Invalid amount: {problem}. Amounts are whole minor units."""

    problem: str


class RateInvalid(Rejection):
    """利率无效：{problem}。利率为年化百分数字符串，如 "4.8"。
    Invalid rate: {problem}. A rate is a percent-per-year string such as "4.8"."""

    problem: str


class DateInvalid(Rejection):
    """日期无效：{problem}。
    Invalid date: {problem}."""

    problem: str


class IdCheckFailed(Rejection):
    """{rule} 校验未通过：{value}。请核对原件。
    {value} fails the check of {rule}. Compare it with the original document."""

    rule: str
    value: str


class SignatureInvalid(Rejection):
    """签名无效：{problem}。
    Signature invalid: {problem}."""

    problem: str


class CertRevoked(Rejection):
    """证书不可用：{fingerprint} {problem}。请联系本机构管理员换发证书。
    Certificate {fingerprint} cannot be used: {problem}. Ask your organisation's administrator for a new one."""

    fingerprint: str
    problem: str


class Replayed(Rejection):
    """随机数 {nonce} 已被该签名人用于另一笔内容不同的交易。
    Nonce {nonce} was already used by this signer for a transaction with other content."""

    nonce: str


class Expired(Rejection):
    """交易已于 {not_after} 失效。请重新提交。
    The transaction expired at {not_after}. Submit it again."""

    not_after: str


class RoleForbidden(Rejection):
    """无权操作：{problem}。
    Not permitted: {problem}."""

    problem: str


class SegregationOfDuties(Rejection):
    """违反不相容岗位分离：同一自然人不能同时担任 {roles}。
    Segregation of duties: one person cannot act as {roles}."""

    roles: str


class StateInvalid(Rejection):
    """{record} 当前状态为 {stage}，不能执行 {act}。
    {record} is {stage}; {act} is not possible."""

    record: str
    stage: str
    act: str


class NotFound(Rejection):
    """未找到：{record}。
    Not found: {record}."""

    record: str


class AlreadyExists(Rejection):
    """已存在：{record}。
    Already exists: {record}."""

    record: str


class NotOwner(Rejection):
    """{record} 不属于签名方，且没有持有人的授权。
    {record} does not belong to the signer, nor does a hold of its owner allow this."""

    record: str


class AmountExceedsBalance(Rejection):
    """金额超出余额：{record} 可用 {available}。
    Amount exceeds balance: {record} has {available} available."""

    record: str
    available: object


class LimitExceeded(Rejection):
    """额度不足：{node} 可用 {available}。请减少金额或先释放额度。
    Limit exceeded: {node} has {available} available. Reduce the amount or release exposure first."""

    node: str
    available: object


class DupUse(Rejection):
    """单据已被使用：{document} 此用途可用 {available}。
    The document is already used: {document} has {available} left for this use."""

    document: str
    available: object


class DocNotVerified(Rejection):
    """单据未核验：{document}，{problem}。请先完成核验。
    Document not verified: {document}, {problem}. Have it verified first."""

    document: str
    problem: str


class DocVoid(Rejection):
    """单据已作废或被冲红：{document}。
    The document was voided or reversed at its source: {document}."""

    document: str


class DocMismatch(Rejection):
    """与单据或计算结果不一致：{item} 应为 {expected}，实为 {actual}。
    Mismatch: {item} should be {expected} but is {actual}."""

    item: str
    expected: object
    actual: object


class HashMismatch(Rejection):
    """摘要不一致：{item}。
    Digest mismatch: {item}."""

    item: str


class TenorExceeded(Rejection):
    """期限超限：最迟到期日为 {latest}。
    Tenor exceeded: the latest permitted maturity is {latest}."""

    latest: object


class RuleBlocked(Rejection):
    """规则 {rule} 不允许：{reason}。
    Rule {rule} blocks this: {reason}."""

    rule: str
    reason: str


class EligibilityFailed(Rejection):
    """不符合准入条件：{reason}。
    Not eligible: {reason}."""

    reason: str


class ConsentMissing(Rejection):
    """缺少授权：{consent}。
    Consent missing: {consent}."""

    consent: str


class ConsentExpired(Rejection):
    """授权已过期或次数用尽：{consent}。
    Consent expired or used up: {consent}."""

    consent: str


class ConsentRevoked(Rejection):
    """授权已撤销：{consent}。
    Consent revoked: {consent}."""

    consent: str


class PurposeMismatch(Rejection):
    """用途不符：应为 {expected}，实为 {actual}。
    Purpose mismatch: it should be {expected} but is {actual}."""

    expected: str
    actual: str


class PaymentUnconfirmed(Rejection):
    """付款尚未由结算银行确认：{payment}。
    The settlement bank has not confirmed the payment: {payment}."""

    payment: str


class PayeeNotWhitelisted(Rejection):
    """收款方不在白名单：{payee}。
    The payee is not on the account's whitelist: {payee}."""

    payee: str


class AccountNameMismatch(Rejection):
    """户名不一致：账户户名 {account_name}，登记名称 {registered_name}。
    Account name {account_name} differs from the registered name {registered_name}."""

    account_name: str
    registered_name: str


class RfqClosed(Rejection):
    """询价已截止：{rfq}，截止时间 {deadline}。
    The request for quotes is closed: {rfq}, deadline {deadline}."""

    rfq: str
    deadline: object


class QuoteExpired(Rejection):
    """报价已失效：{quote}，有效期至 {valid_until}。
    The quote has expired: {quote} was valid until {valid_until}."""

    quote: str
    valid_until: object


class Conflict(Rejection):
    """记录已被他人更改：{record}。请刷新后重试。
    {record} was changed meanwhile. Reload and try again."""

    record: str


class Frozen(Rejection):
    """{record} 已被冻结，案号 {case_no}。
    {record} is frozen, case {case_no}."""

    record: str
    case_no: str


class ProofInvalid(Rejection):
    """证明无效：{step}。
    Proof invalid: {step}."""

    step: str


class WorkExceeded(Rejection):
    """单笔交易工作量超限：{limit}。请分批提交。
    The transaction needs more than {limit} units of work. Split it into batches."""

    limit: int


class RateLimited(Rejection):
    """请求过于频繁，请在 {seconds} 秒后重试。
    Too many requests. Try again in {seconds} seconds."""

    seconds: int
