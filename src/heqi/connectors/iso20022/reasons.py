"""Why payments fail: the failure table F01–F14 of spec/conventions-14-21.md, by ISO 20022 external status reason.

What holds here: each code's words for a person, who has to act, and what may be tried again. A code that is not in the
table is F13, and the bank's own text says what happened.
"""

from typing import Literal

import msgspec

Retry = Literal["fix", "hold", "auto", "never", "enquire", "manual", "new order"]


class FailureReason(msgspec.Struct, frozen=True):
    """`who_fixes` names the party that must act; `retry` what may follow, as in the table's last column."""

    code: str
    iso: str
    zh: str
    en: str
    who_fixes: str
    retry: Retry


_TABLE = (
    FailureReason("F01", "AC01", "账号/卡号不存在", "The account does not exist", "payee", "fix"),
    FailureReason("F02", "BE01", "户名与账号不符", "Account name and number do not match", "payee", "fix"),
    FailureReason("F03", "AC04", "账户已销户", "The account is closed", "payee", "fix"),
    FailureReason("F04", "AC06", "账户冻结/止付/挂失", "The account is frozen or blocked", "payee at bank", "hold"),
    FailureReason("F05", "AG01", "账户类别不允许入账(睡眠户/非结算户)", "This kind of account cannot be credited", "payee", "fix"),
    FailureReason("F06", "AM14", "超单笔/累计限额", "Above the account's limit", "payer or payee", "fix"),
    FailureReason("F07", "AM04", "付款账户余额不足", "Insufficient funds on the payer's account", "payer", "auto"),
    FailureReason("F08", "BE17", "证件号码不符", "The identity number does not match", "payee", "fix"),
    FailureReason("F09", "AC08", "收款行行号错误", "The payee's bank number is wrong", "operator", "fix"),
    FailureReason("F10", "AM05", "重复支付", "Duplicate payment", "operator", "never"),
    FailureReason("F11", "AB05", "收款行超时", "The payee's bank timed out", "nobody", "enquire"),
    FailureReason("F11", "AB09", "收款行异常", "The payee's bank had an error", "nobody", "enquire"),
    FailureReason("F12", "RR04", "反洗钱/监管拦截", "Stopped for regulatory reasons", "compliance", "hold"),
    FailureReason("F13", "NARR", "其他原因", "Another reason, see the bank's text", "operator", "manual"),
    FailureReason("F14", "pacs.004", "已入账后退汇", "Returned after it had been credited", "operator", "new order"),
)
BY_ISO = {reason.iso: reason for reason in _TABLE}


def failure_reason(iso_code: str) -> FailureReason:
    """The row of a code; F13 for any code the table does not list."""
    return BY_ISO.get(iso_code, BY_ISO["NARR"])
