#!/usr/bin/python3
"""A header as Doxygen wants it (INPUT_FILTER): comments right above a declaration or behind a member become documentation, as they
stand. The first comment of a file tells what is in it."""

import re
import sys
from pathlib import Path

TRAILING = re.compile(r"( *\S.*?[;,{}]) +// (.*)")
BARE_TRAILING = re.compile(r"( *\w+) +// (.*)")  # the last of an enumeration
NOT_READ = re.compile(r"\{\.\w+ = [^{}]*\}|__extension__ ")  # by Sphinx: designated initialisers, what is no C++
COMMENT = re.compile(r" *//(?!/) ?(.*)")


def plain(text: str) -> str:
    """No commands, tags or links of Doxygen's; `code` is code."""
    text = re.sub(r"([\\@<>&#%])", r"\\\1", text).replace("::", "\\::")
    return re.sub(r"`([^`]+)`", r"<tt>\1</tt>", text)


def is_comment(line: str) -> bool:
    return COMMENT.fullmatch(line) is not None


def after_comments(lines: list[str], index: int) -> int:
    while index < len(lines) and is_comment(lines[index]):
        index += 1
    return index


def documented(text: str) -> str:
    lines = NOT_READ.sub("", text).splitlines()
    result = []
    index = after_comments(lines, 0)
    result.append("/// \\file")
    result += ["/// " + plain(COMMENT.fullmatch(line)[1]) for line in lines[:index]]
    while index < len(lines):
        end = after_comments(lines, index)
        if end > index:
            # What stands alone is a heading of ours.
            above = end < len(lines) and lines[end].strip() not in ("", "}")
            result += [("/// " + plain(COMMENT.fullmatch(line)[1])) if above else "" for line in lines[index:end]]
            index = end
        elif match := TRAILING.fullmatch(lines[index]) or BARE_TRAILING.fullmatch(lines[index]):
            result.append(f"{match[1]}  ///< {plain(match[2])}")
            index += 1
        else:
            result.append(lines[index])
            index += 1
    return "\n".join(result) + "\n"


if __name__ == "__main__":
    sys.stdout.write(documented(Path(sys.argv[1]).read_text(encoding="utf-8")))
