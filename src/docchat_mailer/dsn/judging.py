"""From what a report states about a recipient to a verdict, with the rule that decided.

The rules, of which the first that fits decides:

1. The action: delivered, relayed and expanded are no bounce, delayed is soft (RFC 3464 section 2.3.3).
2. A temporary code is soft (RFC 3463 section 2), and the words say why; unless the report gives up for good
   and the words tell of a table that was looked into.
3. Words whose meaning is sure, since servers give one code for many things.
4. The enhanced code, if it says something (RFC 3463 section 3).
5. Words that are less sure, of the server and then of the report around it.
6. The reply code, if it says something (RFC 5321 section 4.2.3).
7. Undecided is soft: nobody is taken off a list without a reason.

"No such user" is soft all the same where it answers MAIL, or the letter itself after RCPT was accepted,
or comes with a code of policy and nothing says that it answers RCPT.
"""

from __future__ import annotations

import re
from dataclasses import replace

from docchat_mailer.dsn.codes import KINDS, REPLIES, Codes, by_code, read_codes
from docchat_mailer.dsn.phrases.readers import PERHAPS_UNKNOWN
from docchat_mailer.dsn.report import Bounce, Meaning
from docchat_mailer.dsn.statement import Statement
from docchat_mailer.dsn.wording import Found, find_phrase
from docchat_mailer.model.bounce import BounceKind

HARD, SOFT, OTHER = BounceKind.HARD, BounceKind.SOFT, BounceKind.OTHER

ACTIONS: dict[str, tuple[BounceKind, Meaning]] = {
    "delivered": (OTHER, Meaning.DELIVERED),
    "relayed": (OTHER, Meaning.DELIVERED),
    "expanded": (OTHER, Meaning.DELIVERED),
    "deliverable": (OTHER, Meaning.DELIVERED),  # Postfix, asked whether it would deliver
    "delayed": (SOFT, Meaning.DELAYED),
}
"""RFC 3464 section 2.3.3; of ``failed`` the rest tells more."""

TOGETHER: dict[tuple[str, str], tuple[BounceKind, Meaning]] = {
    ("5.4.1", "access denied"): (HARD, Meaning.UNKNOWN_USER),
}
"""A code and words that mean together what neither does alone: Exchange Online's "Recipient address rejected:
Access denied" is said of who is not in its directory."""

TO_SENDER = re.compile(
    r"after (?:pipelined )?mail from|in reply to mail from|response to mail from"
    r"|connected to \S{1,200} but sender was|>>> mail from:[^\n]{0,300}\n<<< [45]",
    re.IGNORECASE,
)
"""Marks of a reply to MAIL, which cannot be about the reader (RFC 5321 section 3.3)."""

TO_LETTER = re.compile(
    r"in reply to (?:end of )?data|>>> ?data\b|after (?:the )?(?:end of )?data\b|smtp command\s{1,4}data"
    r"|\[data\]|response to (?:end of )?data|after dot",
    re.IGNORECASE,
)
"""Marks of a reply to the letter and not to its address."""

SAID_OF_MANY = frozenset(
    {"user unknown", "unknown user", "no such user", "invalid recipient", *PERHAPS_UNKNOWN}
)
"""What filters say in place of the truth, so that nobody learns who is there."""

LOOKED_UP = re.compile(
    r"user\s{1,9}unknown\s{1,9}in\s{1,9}(?:local|relay)\s{1,9}recipient\s{1,9}table"
    r"|user\s{1,9}unknown\s{1,9}in\s{1,9}virtual\s{1,9}(?:alias|mailbox)\s{1,9}table",
    re.IGNORECASE,
)
"""Postfix looked into its tables; whether that is permanent is only a setting of its owner's."""

NOBODY_LEFT = re.compile(r"\b503\b|need rcpt|no valid recipients", re.IGNORECASE)
"""What DATA is answered with where RCPT was refused and both were sent in one go (RFC 2920)."""

DIAGNOSTIC = 500
"""Characters of a server's words that are kept."""

WRAPPING = re.compile(
    r"[45]\.\d\.\d - (?:unknown address error|other (?:mail system|network) problem|other address status)",
    re.IGNORECASE,
)
"""What IronPort puts before any refusal: the refusal itself says more."""

Ruling = tuple[BounceKind, Meaning, str]


def judge(statement: Statement) -> Bounce:
    """The verdict on one recipient."""
    statement = replace(
        statement,
        diagnostic=WRAPPING.sub("", statement.diagnostic),
        around=WRAPPING.sub("", statement.around),
    )
    codes = read_codes(statement.diagnostic, statement.status)
    if not codes.reply and not codes.enhanced:
        codes = read_codes(statement.around, statement.status)
    kind, meaning, rule = _at_stage(statement, codes, _ruling(statement, codes))
    return Bounce(
        recipient=statement.recipient,
        original=statement.original,
        kind=kind,
        meaning=meaning,
        rule=rule,
        status=codes.enhanced,
        reply_code=codes.reply,
        diagnostic=" ".join((statement.diagnostic or statement.around)[: 4 * DIAGNOSTIC].split())[
            :DIAGNOSTIC
        ],
        action=statement.action,
    )


def _ruling(statement: Statement, codes: Codes) -> Ruling:
    if statement.action in ACTIONS:
        kind, meaning = ACTIONS[statement.action]
        return kind, meaning, f"action {statement.action}"
    if codes.enhanced.startswith("2"):
        return OTHER, Meaning.DELIVERED, f"code {codes.enhanced}"
    said = find_phrase(statement.diagnostic)
    coded = by_code(codes.enhanced)
    if said and (codes.enhanced, said.phrase) in TOGETHER:
        return *TOGETHER[codes.enhanced, said.phrase], f'code {codes.enhanced} with words "{said.phrase}"'
    if codes.temporary and statement.action == "failed" and LOOKED_UP.search(statement.diagnostic):
        return HARD, Meaning.UNKNOWN_USER, "given up, and looked up in a table"
    if codes.temporary:
        return _temporary(said, coded, codes)
    if said and not (said.table.weak and coded):
        return _worded(said)
    if coded:
        kind, meaning = coded
        agreed = said.table.meaning if said and said.table.kind is kind else meaning
        return kind, agreed, f"code {codes.enhanced}"
    return _vague(said, statement, codes)


def _at_stage(statement: Statement, codes: Codes, ruling: Ruling) -> Ruling:
    """Who is refused by name before they were named, or after they were accepted, is not unknown."""
    kind, meaning, rule = ruling
    said = f"{statement.diagnostic}\n{statement.around}"
    if kind is not HARD:
        return ruling
    if TO_SENDER.search(said):
        return SOFT, Meaning.SENDER, f"{rule}, said of the sender"
    if meaning is not Meaning.UNKNOWN_USER or codes.enhanced in KINDS:
        return ruling
    vague = any(f'"{words}"' in rule for words in SAID_OF_MANY)
    if vague and codes.enhanced.startswith("5.7.") and "rcpt" not in said.lower():
        return SOFT, Meaning.FILTERED, f"{rule}, with code {codes.enhanced}"
    if vague and TO_LETTER.search(said) and not NOBODY_LEFT.search(said):
        return SOFT, Meaning.FILTERED, f"{rule}, said after the address was taken"
    return ruling


def _temporary(said: Found | None, coded: tuple[BounceKind, Meaning] | None, codes: Codes) -> Ruling:
    meaning = said.table.meaning if said else coded[1] if coded else Meaning.UNDECIDED
    return SOFT, meaning, f"temporary code {codes.enhanced or codes.reply}"


def _vague(said: Found | None, statement: Statement, codes: Codes) -> Ruling:
    """Where neither code nor sure words decide."""
    around = find_phrase(statement.around)
    if around and not around.table.weak:
        return _worded(around)
    if found := said or around:
        return _worded(found)
    if codes.reply in REPLIES:
        return *REPLIES[codes.reply], f"reply code {codes.reply}"
    return SOFT, Meaning.UNDECIDED, "nothing decides"


def _worded(found: Found) -> Ruling:
    return found.table.kind, found.table.meaning, f'words "{found.phrase}"'
