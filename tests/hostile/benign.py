"""Benign mutations: what a sender may do to a message without changing what it says.

White space is only put where the schemas allow it; elements change places only where no two share a name.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
from random import Random

from lxml import etree

Tree = etree._Element
Kind = Callable[[Tree, Random], Tree]
UNKNOWN = ("RESERVED", "Extra", "remark", "扩展")


def parsed(message: str) -> Tree:
    """The tree that is mutated."""
    return etree.fromstring(message.encode())


def _elements(tree: Tree) -> list[Tree]:
    return [one for one in tree.iter() if isinstance(one.tag, str)]


def _leaves(tree: Tree) -> list[Tree]:
    return [one for one in _elements(tree) if not len(one)]


def indented(tree: Tree, random: Random) -> Tree:
    """One element a line."""
    etree.indent(tree, space=random.choice(("  ", "\t", "        ")))
    return tree


def blank_between(tree: Tree, random: Random) -> Tree:
    """Any white space between elements."""
    for one in _elements(tree)[1:]:
        one.tail = "".join(random.choices(" \t\n\r", k=random.randrange(4)))
    return tree


def blank_around(tree: Tree, random: Random) -> Tree:
    """White space around values."""
    for one in _leaves(tree):
        if one.text and random.random() < 0.5:
            one.text = random.choice((" ", "\n  ", "\t")) + one.text + random.choice((" ", "\r\n", "   "))
    return tree


def commented(tree: Tree, random: Random) -> Tree:
    """Comments between elements."""
    return _inserted(tree, random, lambda: etree.Comment(random.choice((" 放行 ", "<CHANNEL>R</CHANNEL>", ""))))


def instructed(tree: Tree, random: Random) -> Tree:
    """Processing instructions between elements."""
    return _inserted(tree, random, lambda: etree.ProcessingInstruction("x", "R"))


def extended(tree: Tree, random: Random) -> Tree:
    """Elements that nobody knows, with text, attributes or children of their own."""

    def unknown() -> Tree:
        one = etree.Element(random.choice(UNKNOWN), {"a": "1"})
        etree.SubElement(one, "Inner").text = "R"
        return one

    return _inserted(tree, random, unknown)


def _inserted(tree: Tree, random: Random, make: Callable[[], Tree]) -> Tree:
    parents = [one for one in _elements(tree) if any(isinstance(child.tag, str) for child in one)]
    for _ in range(random.randint(1, 4)):
        parent = random.choice(parents)
        parent.insert(random.randrange(len(parent) + 1), make())
    return tree


def broken_up(tree: Tree, random: Random) -> Tree:
    """Comments and instructions inside values."""
    for one in _leaves(tree):
        if one.text and random.random() < 0.3:
            at = random.randrange(len(one.text) + 1)
            middle = random.choice((etree.Comment(" x "), etree.ProcessingInstruction("p", "x")))
            one.text, middle.tail = one.text[:at], one.text[at:]
            one.append(middle)
    return tree


def quoted(tree: Tree, random: Random) -> Tree:
    """CDATA for text."""
    for one in _leaves(tree):
        if one.text and random.random() < 0.5:
            one.text = etree.CDATA(one.text)
    return tree


def reordered(tree: Tree, random: Random) -> Tree:
    """Children in another order, where each has a name of its own."""
    for one in _elements(tree):
        names = [child.tag for child in one]
        if len(names) > 1 and len(set(names)) == len(names):
            one[:] = random.sample(list(one), len(names))
    return tree


def default_namespace(tree: Tree, random: Random) -> Tree:
    """A default namespace, as the interface documents have one."""
    return _in_namespace(tree, {None: f"http://www.chinaport.gov.cn/{random.choice(('dec', 'dec_3_1', 'dxp'))}"})


def prefixed(tree: Tree, random: Random) -> Tree:
    """Every element with a prefix."""
    return _in_namespace(tree, {random.choice(("ns2", "p", "_x.y")): "urn:wco:datamodel:WCO:RES-DMS:2"})


def declared_namespaces(tree: Tree, random: Random) -> Tree:
    """Namespaces that nothing is in, and the schema instance."""
    instance = "http://www.w3.org/2001/XMLSchema-instance"
    root = _copy(tree, lambda tag: tag, {"xsi": instance, "xsd": "http://www.w3.org/2001/XMLSchema"})
    if random.random() < 0.5:
        root.set(f"{{{instance}}}schemaLocation", "urn:x x.xsd")
    return root


def _in_namespace(tree: Tree, names: Mapping[str | None, str]) -> Tree:
    (uri,) = names.values()
    return _copy(tree, lambda tag: f"{{{uri}}}{tag}", names)


def _copy(tree: Tree, name: Callable[[str], str], names: Mapping[str | None, str]) -> Tree:
    root = etree.Element(name(str(tree.tag)), dict(tree.attrib), nsmap=dict(names))
    root.text = tree.text
    for child in tree:
        if isinstance(child.tag, str):
            one = _copy(child, name, {})
            one.tail = child.tail
            root.append(one)
        else:
            root.append(deepcopy(child))
    return root


def rewrapped(tree: Tree, random: Random) -> Tree:
    """The base64 of an envelope in lines; its message indented."""
    for data in tree.iter("Data"):
        inner = indented(etree.fromstring(b64decode(data.text or "")), random)
        text = b64encode(etree.tostring(inner, encoding="UTF-8")).decode()
        data.text = "\n" + re.sub(".{76}", "\\g<0>\r\n", text) + "\n"
    return tree


KINDS: tuple[Kind, ...] = (
    rewrapped,
    indented,
    blank_between,
    blank_around,
    commented,
    instructed,
    extended,
    broken_up,
    quoted,
    reordered,
)
NAMESPACES: tuple[Kind, ...] = (default_namespace, prefixed, declared_namespaces)


def plain(text: str, random: Random) -> bytes:
    """UTF-8 without a declaration."""
    return text.encode()


def declared(text: str, random: Random) -> bytes:
    """A declaration in any of its spellings."""
    name, quote = random.choice(("UTF-8", "utf-8", "Utf-8", "UTF8")), random.choice("\"'")
    alone = random.choice(("", f" standalone={quote}yes{quote}", f" standalone={quote}no{quote}"))
    end = random.choice(("", "\n", "\r\n", "\n\n"))
    return f"<?xml version={quote}1.0{quote}  encoding={quote}{name}{quote}{alone} ?>{end}{text}".encode()


def marked(text: str, random: Random) -> bytes:
    """A byte order mark, with or without a declaration."""
    return b"\xef\xbb\xbf" + random.choice((plain, declared))(text, random)


def chinese(text: str, random: Random) -> bytes:
    """One of the Chinese encodings."""
    name = random.choice(("GB2312", "gb2312", "GBK", "gb18030"))
    end = random.choice(("", "\n"))
    return f'<?xml version="1.0" encoding="{name}"?>{end}{text}'.encode("gb18030")


def windows(text: str, random: Random) -> bytes:
    """Windows line ends."""
    return text.replace("\r", "").replace("\n", "\r\n").encode()


def referenced(text: str, random: Random) -> bytes:
    """Character references for letters of values."""
    letters = {char for char in text if not char.isascii()} or {"x"}
    kind = random.choice(("&#{};", "&#x{:x};", "&#x{:X};"))
    chosen = set(random.sample(sorted(letters), k=(len(letters) + 1) // 2))
    parts = re.split(r"(<[^>]*>)", text)
    if "<!" in text or "<?" in text or "扩展" in text:
        return text.encode()
    return "".join(
        part if part.startswith("<") else "".join(kind.format(ord(c)) if c in chosen else c for c in part)
        for part in parts
    ).encode()


def single_quoted(text: str, random: Random) -> bytes:
    """Attributes in the other quotes; blanks inside tags."""
    text = re.sub(r'="([^"\'<>]*)"', r"='\1'", text)
    return re.sub(r"</([\w.:]+)>", lambda found: f"</{found[1]}{random.choice(('', ' '))}>", text).encode()


def expanded(text: str, random: Random) -> bytes:
    """Empty elements written out, or with a blank before their end."""
    return re.sub(r"<([\w.:]+)/>", lambda f: random.choice((f"<{f[1]}></{f[1]}>", f"<{f[1]} />")), text).encode()


def trailed(text: str, random: Random) -> bytes:
    """White space and comments behind the root."""
    return (text + random.choice(("\n", "\r\n\r\n", "  ", "<!-- end -->\n", "<?end?>"))).encode()


SPELLINGS: tuple[Callable[[str, Random], bytes], ...] = (
    plain,
    declared,
    marked,
    chinese,
    windows,
    referenced,
    single_quoted,
    expanded,
    trailed,
)


def mutant(message: str, random: Random) -> tuple[str, bytes]:
    """The names of the changes, and the message after them: up to four to the tree, one to its spelling.

    What looks for plain names comes first, namespaces last.
    """
    kinds = sorted(random.sample(KINDS, random.randint(0, 3)), key=KINDS.index)
    if random.random() < 0.4:
        kinds.append(random.choice(NAMESPACES))
    tree = parsed(message)
    for kind in kinds:
        tree = kind(tree, random)
    spelling = random.choice(SPELLINGS)
    names = " + ".join(kind.__name__ for kind in (*kinds, spelling))
    return names, spelling(etree.tostring(tree, encoding="unicode"), random)
