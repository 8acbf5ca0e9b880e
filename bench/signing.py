"""What a DKIM signature costs: processor time a message, beside dkimpy in the same run.

The message has 30 KB and the header of a letter.  Rounds of ours and theirs alternate, and the best of each
counts, since other work on the machine only ever adds.  ``--processes`` adds what RSA gains from processes.
"""

from __future__ import annotations

import argparse
import os
import resource
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from docchat_mailer.delivery.signing import SigningProcesses
from docchat_mailer.letter.dkim import SIGNED, Signer, SigningKey
from docchat_mailer.letter.dkim_keys import key_file
from docchat_mailer.model.delivery import Sign

SIZE = 30_000
CHUNK = 10
"""Letters signed in one go, as a mailing does."""
DOMAIN = "letters.bench.example"
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
SEED = bytes(range(32))
HEADER = (
    b"From: DocChat <letters@letters.bench.example>\r\n"
    b"To: Anna Example <anna@reader.example>\r\n"
    b"Subject: Therapeutic Massage Part 3 - Warm Hands and a Slow Walk Home\r\n"
    b"Date: Mon, 01 Mar 2027 09:00:00 +0000\r\n"
    b"Message-ID: <0123456789abcdef0123456789abcdef@letters.bench.example>\r\n"
    b"Reply-To: hello@bench.example\r\n"
    b"In-Reply-To: <fedcba9876543210fedcba9876543210@letters.bench.example>\r\n"
    b"References: <fedcba9876543210fedcba9876543210@letters.bench.example>\r\n"
    b"List-Id: DocChat <massage.letters.bench.example>\r\n"
    b"List-Unsubscribe: <https://bench.example/u/v1.u.0123456789abcdef.0123456789abcdef0123456789abcdef>,\r\n"
    b" <mailto:leave@bench.example>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"List-Archive: <https://bench.example/s/massage/>\r\n"
    b"List-Post: NO\r\n"
    b"List-Owner: <mailto:hello@bench.example>\r\n"
    b"Archived-At: <https://bench.example/s/massage/warm-hands/>\r\n"
    b"Feedback-ID: 3:massage:release:docchat\r\n"
    b"Precedence: bulk\r\n"
    b"Auto-Submitted: auto-generated\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
)
LINE = b"Warm hands and a slow walk home, and then a cup of tea by the window, =\r\n"


def message() -> bytes:
    """A letter of about 30 KB."""
    return HEADER + LINE * ((SIZE - len(HEADER)) // len(LINE))


def keys(kinds: Sequence[str]) -> list[SigningKey]:
    """A key of each of *kinds*: ``rsa``, ``ed25519``."""
    made = {
        "rsa": lambda: generate_private_key(65537, 2048),
        "ed25519": lambda: Ed25519PrivateKey.from_private_bytes(SEED),
    }
    return [SigningKey(selector=kind, private=made[kind]()) for kind in kinds]


def signer(kinds: Sequence[str]) -> Sign:
    """A signer with a key of each of *kinds*, for other measurements too."""
    return Signer(DOMAIN, keys(kinds))


def theirs(key: SigningKey) -> Callable[[bytes], bytes]:
    """The same signature by dkimpy."""
    rsa = key.selector == "rsa"
    private = key_file(key.private) if rsa else b64encode(SEED)
    names = [name.encode() for name in SIGNED]

    def sign(mail: bytes) -> bytes:
        return dkim.sign(
            mail,
            key.selector.encode(),
            DOMAIN.encode(),
            private,
            canonicalize=(b"relaxed", b"simple"),
            signature_algorithm=f"{key.selector}-sha256".encode(),
            include_headers=[name for name in names if b"\n" + name + b":" in b"\n" + HEADER.lower()],
        )

    return sign


def microseconds(work: Callable[[], object], count: int) -> float:
    """Processor time of one call."""
    started = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - started) / count * 1e6


def rows() -> Iterator[tuple[str, str, str]]:
    """What was measured, how it compares, and the figures."""
    mail = message()
    for kind in ("ed25519", "rsa"):
        [key] = keys([kind])
        ours, other = Signer(DOMAIN, [key]), theirs(key)
        best, slow = float("inf"), float("inf")
        for _ in range(5):
            best = min(best, microseconds(lambda ours=ours: ours([(mail, NOW)]), 500))
            slow = min(slow, microseconds(lambda other=other: other(mail), 10))
        yield f"DKIM, {kind}, 30 KB", "", f"{best:.0f} µs of processor a message"
        yield "the same by dkimpy", f"ours takes {best / slow:.3f} of it", f"{slow:.0f} µs"
    both = signer(["rsa", "ed25519"])
    best = min(microseconds(lambda: both([(mail, NOW)]), 300) for _ in range(5))
    yield "DKIM, both, 30 KB", "", f"{best:.0f} µs"


def processes(count: int = 8000) -> Iterator[tuple[str, str, str]]:
    """RSA in this process, in threads, and in processes of their own: messages a second."""
    mail, [key] = message(), keys(["rsa"])
    many = os.cpu_count() or 1
    alone = 0.0
    for name, threads, pool in (
        ("RSA, one thread", 1, None),
        (f"RSA, {many} threads", many, None),
        (f"RSA, {many} processes", many, SigningProcesses(key.private, many, few=0)),
    ):
        sign = Signer(DOMAIN, [key], rsa=pool)
        chunk = [(mail, NOW)] * CHUNK
        sign(chunk)
        rate, spent = _rate(lambda sign=sign, chunk=chunk: sign(chunk), threads, count)
        if pool is not None:
            before = _spent(resource.RUSAGE_CHILDREN)
            pool.close()
            spent += (_spent(resource.RUSAGE_CHILDREN) - before) / count * 1e6
        alone = alone or rate
        yield (
            name,
            f"{rate / alone:.2f} of one thread",
            f"{rate:,.0f} a second, {spent:.0f} µs of processor each",
        )


def _rate(work: Callable[[], object], threads: int, count: int) -> tuple[float, float]:
    """Letters a second, and microseconds of this process's processor time for each."""

    def run() -> None:
        for _ in range(count // threads // CHUNK):
            work()

    all_of_them = [threading.Thread(target=run) for _ in range(threads)]
    started, spent = time.perf_counter(), _spent(resource.RUSAGE_SELF)
    for one in all_of_them:
        one.start()
    for one in all_of_them:
        one.join()
    took = time.perf_counter() - started
    return count / took, (_spent(resource.RUSAGE_SELF) - spent) / count * 1e6


def _spent(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", action="store_true", help="measure threads and processes too")
    asked = parser.parse_args()
    print("| What | Ratio | Measured |\n|---|---|---|", flush=True)
    for row in rows():
        print(f"| {' | '.join(row)} |", flush=True)
    if asked.processes:
        for row in processes():
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
