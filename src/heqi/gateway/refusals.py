"""What the gateway itself refuses, before or beside the ledger."""

from heqi.types.rejection import Rejection


class SessionRequired(Rejection):
    """请先登录。
    Log in first."""


class LoginFailed(Rejection):
    """用户名、口令或签名不正确。
    The user name, password or signature is not right."""


class LoginLocked(Rejection):
    """登录失败次数过多，请在 {seconds} 秒后重试。
    Too many failed log-ins. Try again in {seconds} seconds."""

    seconds: int


class CsrfRefused(Rejection):
    """请求未携带本会话的防伪令牌。请在请求头 X-CSRF-Token 中提供登录时取得的令牌。
    The request lacks this session's token against forgery. Send the one given at log-in in the header X-CSRF-Token."""


class KeyNotHosted(Rejection):
    """网关不托管 {user} 的密钥。请以自己的密钥签名后提交至 /api/v1/transactions。
    The gateway does not host the key of {user}. Sign with your own key and post to /api/v1/transactions."""

    user: str


class BodyTooLarge(Rejection):
    """请求超过 {limit} 字节。请分批提交。
    The request is larger than {limit} bytes. Split it into batches."""

    limit: int


class MediaTypeUnsupported(Rejection):
    """请求内容类型须为 {expected}。
    The content type must be {expected}."""

    expected: str


class MethodNotAllowed(Rejection):
    """此地址只接受 {allowed}。
    This address takes {allowed} only."""

    allowed: str


class GatewayFault(Rejection):
    """网关内部错误，已记录（{request_id}）。请稍后重试或联系运营方。
    The gateway failed; it is logged ({request_id}). Try again later or contact the operator."""

    request_id: str
