"""For each code about the machine: one that raises it and one, near it, that does not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dkims import ed25519_key
from docchat_mailer.checking.deployment import SPACE, Deployment, deployment_findings
from docchat_mailer.checking.signing import key_findings
from docchat_mailer.letter.dkim_keys import key_file
from docchat_mailer.model.finding import Finding

Sample = Callable[[Path], list[Finding]]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)

SOUND = Deployment(
    now=NOON,
    database="state/docchat.db",
    journal="wal",
    sqlite="3.53.0",
    file_system="ext4",
    latest=NOON - timedelta(days=1),
    python=(3, 13, 2),
    zone="Europe/Berlin",
    host_zone="Europe/Berlin",
    key_file="state/key",
    key_mode=0o600,
    free=20_000_000_000,
    lock_file="state/instance.lock",
)
"""A machine with nothing to find."""


def machine(**changes) -> Sample:
    return lambda _tmp: deployment_findings(replace(SOUND, **changes))


def signing_key(content: bytes, mode=0o600) -> Sample:
    """A key file with this *content* and *mode*."""

    def sample(tmp: Path) -> list[Finding]:
        file = tmp / "ed1.pem"
        file.write_bytes(content)
        file.chmod(mode)
        return list(key_findings([file]))

    return sample


KEY = key_file(ed25519_key().private)
GOOD = machine()

MACHINE: dict[str, tuple[Sample, Sample]] = {
    "C801": (machine(unwritable=("public",)), GOOD),
    "C802": (machine(refusal="state/docchat.db is damaged: file is not a database"), GOOD),
    "C803": (machine(damages=("row 7 missing from index deliveries_due",)), GOOD),
    "C804": (machine(sqlite="3.46.1", sqlite_safe=False), GOOD),
    "C805": (machine(journal="truncate"), machine(journal="")),
    "C806": (machine(file_system="nfs4"), machine(file_system="btrfs")),
    "C807": (
        machine(python=(3, 11, 9), now=datetime(2027, 11, 1, tzinfo=UTC)),
        machine(python=(3, 11, 9), now=datetime(2027, 10, 31, 23, tzinfo=UTC)),
    ),
    "C808": (machine(zone_loads=False), GOOD),
    "C809": (machine(host_zone="UTC"), machine(host_zone="")),
    "C810": (machine(latest=NOON + timedelta(days=2)), machine(latest=NOON + timedelta(minutes=4))),
    "C811": (machine(key_mode=0o640), machine(key_mode=0o400)),
    "C812": (machine(free=SPACE - 1), machine(free=SPACE)),
    "C813": (machine(ghost=4711), GOOD),
    "C814": (signing_key(KEY, 0o644), signing_key(KEY)),
    "C815": (signing_key(KEY[:40]), signing_key(KEY)),
}
