"""XML in and out: nothing is read or sent that the message's own schema does not accept.

What holds here: a document comes from bytes of bounded size, without a DTD (so no entities, local or remote), and is
one of the messages we speak; what we write is validated before it leaves. What does not: what the elements mean.
"""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from heqi.connectors.iso20022.schema import NAMESPACE_PREFIX, Message, compiled
from heqi.types.refusals import SchemaInvalid

SIZE_MAX = 32 * 2**20
"""Bytes of one document; a file of 10,000 payments has about 12 MiB."""

Content = str | list["Part"]
Part = tuple[str, Content] | tuple[str, Content, dict[str, str]] | None
"""An element: its name, its text or its children in schema order, its attributes. None is an element left out."""


def write(message: Message, content: list[Part]) -> bytes:
    """The document as UTF-8 bytes. Refused with SchemaInvalid when the schema does not accept it."""
    root = etree.Element(f"{{{message.namespace}}}Document", nsmap={None: message.namespace})
    try:
        _fill(root, content, message.namespace)
    except ValueError as problem:  # A control character that XML cannot carry.
        raise SchemaInvalid(problem=f"{message}: {problem}") from None
    _validate(message, root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def read(data: bytes, *expected: Message) -> tuple[Message, etree._Element]:
    """The message and its root. SchemaInvalid: too large, a DTD, not XML, none of `expected`, not as its schema is."""
    if len(data) > SIZE_MAX:
        raise SchemaInvalid(problem=f"XML > {SIZE_MAX} 字节 bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise SchemaInvalid(problem=f"XML: {problem}") from None
    if root.getroottree().docinfo.doctype:
        raise SchemaInvalid(problem="XML: DTD 不允许 is not allowed")
    namespace, _, name = str(root.tag)[1:].rpartition("}")
    message = next((one for one in expected if one.namespace == namespace and name == "Document"), None)
    if message is None:
        got = namespace.removeprefix(NAMESPACE_PREFIX) or name
        raise SchemaInvalid(problem=f"{got[:60]} ∉ {', '.join(expected)}")
    _validate(message, root)
    return message, root


def text(node: etree._Element, path: str) -> str:
    """The text at `path` (names separated by /), or "" when it is not there."""
    found = _find(node, path)
    return "" if found is None else found.text or ""


def child(node: etree._Element, path: str) -> etree._Element:
    """The element at `path`, which the schema has made sure of."""
    found = _find(node, path)
    assert found is not None, path
    return found


def children(node: etree._Element, path: str) -> Iterator[etree._Element]:
    """Every element at `path`, in the document's order."""
    return node.iterfind("/".join("{*}" + name for name in path.split("/")))


def _find(node: etree._Element, path: str) -> etree._Element | None:
    return next(children(node, path), None)


def _fill(node: etree._Element, content: Content, namespace: str) -> None:
    if isinstance(content, str):
        node.text = content
        return
    for part in content:
        if part is not None:
            attributes: Any = part[2] if len(part) == 3 else {}
            _fill(etree.SubElement(node, f"{{{namespace}}}{part[0]}", attributes), part[1], namespace)


def _validate(message: Message, root: etree._Element) -> None:
    schema = compiled(message)
    if not schema.validate(root):
        # error_log belongs to the last validation of this thread.
        first = schema.error_log[0]
        reason = first.message.replace(f"{{{message.namespace}}}", "")
        raise SchemaInvalid(problem=f"{message}: {reason}", field=first.path.replace("*", "") if first.path else None)
