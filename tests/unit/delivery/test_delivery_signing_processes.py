"""RSA by processes: the same bytes, from any number of threads, whatever becomes of the processes."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import dkims
from docchat_mailer.delivery.signing import SigningProcesses
from docchat_mailer.delivery.signing_process import read_frame, write_frame
from docchat_mailer.letter.dkim import Signer, signatures
from docchat_mailer.letter.dkim_keys import key_file

KEY = dkims.rsa_key()
MESSAGE = b"From: a@letters.example.org\r\nSubject: x\r\n\r\nHello\r\n"


@pytest.fixture
def pool():
    pool = SigningProcesses(KEY.private, 2, few=3)
    yield pool
    pool.close()


def test_processes_sign_as_this_one_does(pool):
    chunks = [[b"%d" % number, b"", b"x" * number * 1000] for number in range(20)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(pool, chunks)) == [signatures(KEY.private, texts) for texts in chunks]
    assert len(pool._started) == 2


def test_a_letter_signed_by_processes_verifies(pool):
    sign = Signer(dkims.DOMAIN, [KEY, dkims.ed25519_key()], rsa=pool)
    for _ in range(6):
        message = dkims.signatures_of(sign, MESSAGE) + MESSAGE
        assert dkims.verifies(message, [KEY, dkims.ed25519_key()])


def test_a_few_signatures_start_nothing(pool):
    for _ in range(3):
        pool([b"x"])
    assert pool._started == []
    pool([b"x"])
    assert len(pool._started) == 2


def test_what_a_killed_process_was_asked_is_signed_here(pool):
    for _ in range(5):
        pool([b"x"])
    for process in pool._started:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert all(pool([b"y"]) == signatures(KEY.private, [b"y"]) for _ in range(4))


def test_after_the_end_it_still_signs(pool):
    for _ in range(5):
        pool([b"x"])
    started = list(pool._started)
    pool.close()
    assert all(process.returncode is not None for process in started)
    assert pool([b"z"]) == signatures(KEY.private, [b"z"])


def test_a_process_outlives_a_wish_to_stop_and_ends_with_its_input():
    command = [sys.executable, "-m", "docchat_mailer.delivery.signing_process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        write_frame(process.stdin, [key_file(KEY.private)])
        write_frame(process.stdin, [b"one"])
        assert read_frame(process.stdout) == signatures(KEY.private, [b"one"])
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        write_frame(process.stdin, [b"two"])
        assert read_frame(process.stdout) == signatures(KEY.private, [b"two"])
        process.stdin.close()
        assert process.wait(timeout=30) == 0
