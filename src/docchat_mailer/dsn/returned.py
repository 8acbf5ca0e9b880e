"""The letter that a report returns, or its head: where it begins in a text, and what it tells."""

from __future__ import annotations

import re

from docchat_mailer.dsn.fields import Fields, read_fields

BEGINS = re.compile(
    r"^[ \t]*(?:"
    r"[-_=* ]{0,40}(?:"
    r"below this line is a copy of|enclosed (?:are the original headers|is the original|is a copy)"
    r"|this is a copy of (?:the|your) message|this is a copy of the headers"
    r"|(?:the )?original message (?:follows|headers|header follows|header|is attached|below|text)"
    r"|original (?:message|mail|e-?mail)(?: info| as follows)?[ :]*[-_=* ]{0,40}$"
    r"|the header of the original message|header of the original message"
    r"|(?:message|original) headers? follows?|unsent message (?:follows|below)|returned message"
    r"|message (?:text )?follows|returned (?:mail|message|text) follows|undelivered message follows"
    r"|below is (?:a|the) (?:copy of the )?(?:original )?message|below (?:follows|is) the message"
    r"|included is a copy of|a copy of (?:the|your)(?: original)? message (?:follows|is|was)"
    r"|here is (?:a|your) (?:copy|returned|original)|your (?:original )?message (?:follows|was as follows)"
    r"|the following is a copy|body of message generated response|non-?delivered (?:message|mail) follows"
    r"|en-t.tes de message d'origine|message d'origine|originale nachricht|urspr.ngliche nachricht"
    r"|the text of the message|start of (?:the )?(?:original|returned) message"
    r"|message header|mail header|headers? of (?:the|your) (?:original )?message"
    r")"
    r"|(?:received[ \t]*:[ \t]*(?:from|by|\(|qmail)|return-path[ \t]*:[ \t]*<)"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
"""What stands above a returned letter, or is its first line; kept short, so that no line takes long."""

LOOK = 40
"""Lines after the mark in which the head is looked for."""

HEAD = re.compile(
    r"(?:received|return-path|message-id|from|to|date|subject|mime-version|x-[-\w]+)[ \t]*:", re.IGNORECASE
)


def cut(text: str) -> tuple[str, str]:
    """What a server wrote, and the returned letter it put below; the latter is empty where there is none."""
    found = BEGINS.search(text)
    return (text[: found.start()], text[found.start() :]) if found else (text, "")


def head_of(text: str) -> Fields:
    """The fields of the letter that is quoted in *text*, below some words perhaps, and perhaps indented."""
    lines = text.split("\n")
    for number, line in enumerate(lines[:LOOK]):
        if HEAD.match(line.lstrip(" \t>")):
            indent = len(line) - len(line.lstrip(" \t>"))
            return read_fields("\n".join(each[indent:] if indent else each for each in lines[number:]))[0]
    return Fields()
