"""Findings about the machine a site runs on, and about the relay and the DNS its letters depend on."""

from __future__ import annotations

from docchat_mailer.model.codes.row import error, note, warning

MACHINE = (
    error(
        "C801",
        "folder not writable",
        why="what is published is written there",
        fix="give it to the user the program runs as",
        explain="Pages, the database, the outbox and copies of images are written by the user the program "
        "runs as. ls -ld shows whose a folder is; chown gives it away.",
    ),
    error(
        "C802",
        "database cannot be opened",
        why="what is out, and who has got it, stands in it alone",
        fix="mend what it names",
        explain="Without its database the program knows neither readers nor deliveries. A site that has "
        "not begun has none yet, and that is no fault.",
    ),
    error(
        "C803",
        "database damaged",
        why="deliveries could be lost or made twice",
        fix="stop the program and restore the database from a backup",
        explain="SQLite's integrity check, or that of references between tables, failed. Keep the damaged "
        "file beside the restored one: more can often be read from it with sqlite3's .recover.",
    ),
    warning(
        "C804",
        "SQLite without a fix",
        why="a reset of its write-ahead log may lose what was written",
        fix="pip install --upgrade pysqlite3, or use SQLite 3.51.3, 3.50.7 or 3.44.6",
        explain="SQLite from 3.7.0 to 3.51.2 can damage a database in WAL mode when a checkpoint meets a "
        "commit; 3.50.7 and 3.44.6 have the fix too. The program keeps such a SQLite out of WAL mode, "
        "at the price that leaves may wait for a fan-out.",
    ),
    note(
        "C805",
        "readers and writers wait for one another",
        why="leaves may wait while a fan-out is written",
        fix="use a SQLite with the fix, and the database goes to WAL by itself",
        explain="In the journal mode TRUNCATE one who reads and one who writes keep each other out for a "
        "moment. In WAL they do not.",
    ),
    error(
        "C806",
        "database on a network file system",
        why="locks and logs of SQLite do not hold there",
        fix="move the database to a disk of this machine and set [database] url",
        explain="NFS, SMB and the like grant one lock to two hosts now and then, and then both write. "
        "See https://www.sqlite.org/useovernet.html.",
    ),
    warning(
        "C807",
        "Python without security fixes",
        why="nobody mends this release any more",
        fix="install a supported Python and make the virtual environment anew",
        explain="A minor release of Python gets security fixes for five years after it came out. The "
        "dates stand at https://devguide.python.org/versions/.",
    ),
    error(
        "C808",
        "zone data missing",
        why="slots are meant in that zone",
        fix="pip install --upgrade tzdata",
        explain="Neither the system nor the package tzdata has the rules of the site's zone, so no slot "
        "can be reckoned.",
    ),
    note(
        "C809",
        "host has another zone",
        why="cron and logs go by the host's zone, slots by the site's",
        fix="nothing: slots are not affected",
        explain="Slots are reckoned in the zone of [site] timezone on every host alike. Only the times "
        "in a crontab and in logs of other programs are the host's.",
    ),
    error(
        "C810",
        "clock went back",
        why="nothing more is due until the clock is past what is recorded",
        fix="set the clock, and keep it set with NTP (timedatectl set-ntp true)",
        explain="The database holds an instant later than now by more than five minutes. Either the clock "
        "is wrong now, or it was when that was written.",
    ),
    error(
        "C811",
        "key file open to others",
        why="whoever reads the key can sign off any reader",
        fix="chmod 600 {file}",
        explain="The links to leave are made with this secret. Only the user the program runs as may "
        "read it.",
    ),
    warning(
        "C812",
        "disk nearly full",
        why="a full disk stops publishing half way through a day",
        fix="free some space, or move the site",
        explain="Less than 500 MB are free where the database and the pages are. Nothing is damaged by a "
        "full disk, but nothing goes out either.",
    ),
    warning(
        "C813",
        "lock held by a process that is gone",
        why="no worker can start",
        fix="see who holds it with `fuser -v {file}`, also on other hosts that mount the folder",
        explain="A lock ends with its process. One that is held while the named process is not on this "
        "machine belongs to a child it left, to another host, or to another container.",
    ),
)
"""C801 to C819."""
