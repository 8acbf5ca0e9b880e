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
        "file beside the restored one: more can often be read from it with sqlite3's .recover. A PostgreSQL "
        "server is asked for indexes and constraints it does not trust, and for failed checksums.",
    ),
    warning(
        "C804",
        "SQLite without a fix",
        why="a reset of its write-ahead log may lose what was written",
        fix="pip install --upgrade pysqlite3, or use SQLite 3.51.3, 3.50.7 or 3.44.6",
        explain="SQLite from 3.7.0 to 3.51.2 can damage a database in WAL mode when a checkpoint meets a "
        "commit; 3.50.7 and 3.44.6 have the fix too. The program keeps such a SQLite out of WAL mode, "
        "at the price that leaves may wait for a fan-out. Nothing is asked where PostgreSQL is used.",
    ),
    note(
        "C805",
        "readers and writers wait for one another",
        why="leaves may wait while a fan-out is written",
        fix="use a SQLite with the fix, and the database goes to WAL by itself",
        explain="In the journal mode TRUNCATE one who reads and one who writes keep each other out for a "
        "moment. In WAL they do not, and in PostgreSQL neither.",
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
    error(
        "C814",
        "signing key open to others",
        why="whoever reads the key can write letters in your name",
        fix="chmod 600 {file}",
        explain="A letter with a good DKIM signature is yours to every receiver. Only the user the program "
        "runs as may read the private half. Where others could, make a new key with "
        "`docchat-mailer keys rotate`.",
    ),
    error(
        "C815",
        "signing key of no use",
        why="letters are not sent unsigned where the settings name a key",
        fix="restore it from a backup, or make one with `docchat-mailer keys new`",
        explain="A key file under [mail.dkim] holds one private key in PEM, without a passphrase: RSA of "
        "2048 bits or more, or Ed25519; of each kind there is one at most.",
    ),
)
"""C801 to C819."""

MAIL_WAY = (
    note(
        "C820",
        "no relay",
        why="letters go to a folder, and to nobody's inbox",
        fix='set [mail] transport = "smtp" and a relay under [mail.smtp]',
        explain="With the outbox transport every letter becomes a file. That is right for trying out.",
    ),
    error(
        "C821",
        "relay out of reach",
        why="no letter can leave",
        fix="see host and port under [mail.smtp], and whether a firewall lets them through",
        explain="The relay gave no greeting or broke off. Hosts often block port 25 outward; submission "
        "goes to 587 (starttls) or 465 (tls).",
    ),
    error(
        "C822",
        "relay without verified TLS",
        why="letters and the password would travel readable, or to somebody else",
        fix="write the name that stands in the relay's certificate as host; 587 is starttls, 465 is tls",
        explain="The certificate must be valid, from a known authority, and for the host in the settings. "
        "There is no switch to do without.",
    ),
    error(
        "C823",
        "login refused",
        why="a relay carries letters only for those it knows",
        fix="see username and password_file under [mail.smtp]",
        explain="The relay offers no login at all, or not with this name and password. Many providers "
        "want a key made for SMTP, which is not the password of their website.",
    ),
    warning(
        "C824",
        "relay takes only small messages",
        why="a long part with its two forms may be refused",
        fix="ask the relay's operator for 512 KB or more",
        explain="The relay names a limit (SIZE, RFC 1870) below what the longest letter may have.",
    ),
    note(
        "C825",
        "relay without PIPELINING",
        why="each command waits for its reply, so a large list takes longer",
        fix="nothing: letters go out all the same",
        explain="With PIPELINING (RFC 2920) sender and recipient are said in one go. Nearly every relay "
        "offers it.",
    ),
    warning(
        "C830",
        "no answer from the DNS",
        why="nothing is known about SPF and DMARC then",
        fix="see the servers in /etc/resolv.conf, and try again",
        explain="The resolver of this machine did not answer in time, or refused.",
    ),
    warning(
        "C831",
        "no SPF record",
        why="large providers refuse or file away what no record vouches for",
        fix="publish at {domain} the TXT record your relay tells you, such as "
        "'v=spf1 include:spf.relay.example ~all'",
        explain="SPF (RFC 7208) names the hosts that may send for a domain. Behind a relay that uses a "
        "return path of its own it is the relay's record that is checked; one of yours does no harm.",
    ),
    error(
        "C832",
        "several SPF records",
        why="receivers take two for none (RFC 7208 section 4.5)",
        fix="put all their terms into one record, and delete the others",
        explain="A domain has one TXT record that begins with v=spf1. A second one makes every check end "
        "in an error.",
    ),
    error(
        "C833",
        "SPF needs too many look-ups",
        why="receivers stop at ten and count the record as an error (RFC 7208 section 4.6.4)",
        fix="take out services that no longer send for you, or send letters from a subdomain of their own",
        explain="Each include, a, mx, ptr, exists and redirect is a look-up, and so are those inside what "
        "is included.",
    ),
    error(
        "C834",
        "SPF lets everybody send",
        why="whoever likes can send in your name",
        fix="end the record with ~all or -all",
        explain="+all, and all alone, pass every host there is.",
    ),
    warning(
        "C835",
        "no DMARC record",
        why="Gmail, Yahoo and Microsoft ask for one of whoever sends many letters",
        fix="publish the TXT record 'v=DMARC1; p=none' at _dmarc.{domain}, and look at it again later",
        explain="DMARC (RFC 9989) says what to do with mail that neither SPF nor DKIM vouches for. The "
        "record may stand at the domain or at one above it.",
    ),
    error(
        "C836",
        "several DMARC records",
        why="receivers take two for none",
        fix="delete all but one",
        explain="At _dmarc.domain stands one TXT record that begins with v=DMARC1.",
    ),
    warning(
        "C837",
        "DMARC without a policy",
        why="receivers take it for p=none at best, or leave it out",
        fix="add p=none, p=quarantine or p=reject after v=DMARC1",
        explain="The tag p says what should happen with mail that fails. Begin with none.",
    ),
    note(
        "C838",
        "DKIM not checked",
        why="where the key stands, only who signs can say",
        fix="send yourself a letter and look for dkim=pass in Authentication-Results",
        explain="No key is named under [mail.dkim], so your relay signs the letters, and the name of its key "
        "(the selector) is not in the settings. `docchat-mailer send-test` shows whether the signature is "
        "good.",
    ),
    note(
        "C839",
        "DMARC tag that is gone",
        why="RFC 9989 took pct, rf and ri out, and receivers leave them aside",
        fix="take it out; t=y marks a policy as a trial",
        explain="pct was to apply a policy to a share of the mail and was never followed alike. t=y asks "
        "for the next weaker policy while you try.",
    ),
    warning(
        "C840",
        "domain that takes no mail",
        why="replies, leaves by mail and bounces would be lost, and many receivers refuse such a sender",
        fix="publish an MX record for it, or use an address that is read",
        explain="The domains of the sender, of reply_to and of unsubscribe_mailto need an MX record, or "
        "an address at least.",
    ),
    error(
        "C841",
        "no DKIM record",
        why="a signature that nobody can check counts as none",
        fix="publish the TXT record that `docchat-mailer keys show` prints",
        explain="The public half of each key under [mail.dkim] stands in the DNS at "
        "selector._domainkey.domain (RFC 6376 section 3.6.2). A record that was just published may take as "
        "long as the old answer lived in a cache.",
    ),
    error(
        "C842",
        "DKIM record of no use",
        why="receivers leave it aside, and the signature fails",
        fix="replace it with the TXT record that `docchat-mailer keys show` prints",
        explain="There is one record for a selector: v=DKIM1, k=rsa or k=ed25519, and p= with the whole key "
        "in base64. Forms of DNS providers often cut the value at 255 characters, or keep quotes that were "
        "not meant.",
    ),
    error(
        "C843",
        "DKIM record of another key",
        why="every signature fails",
        fix="publish the TXT record that `docchat-mailer keys show` prints, or name its key in the settings",
        explain="The record and the private key under [mail.dkim] are no pair. After a change of keys, "
        "publish the new record under its own selector and let the old one stand a while.",
    ),
    warning(
        "C844",
        "Ed25519 alone",
        why="not every receiver checks Ed25519, and to those the letters are unsigned",
        fix="make an RSA key too: `docchat-mailer keys new --algorithm rsa`",
        explain="Signatures by Ed25519 (RFC 8463) are shorter and cheaper. Beside one by RSA they do no "
        "harm.",
    ),
    warning(
        "C845",
        "DKIM record on trial",
        why="receivers may treat signed letters as if they were not",
        fix="take t=y out of the record once signatures pass",
        explain="The flag t=y says that a domain only tries DKIM (RFC 6376 section 3.6.1).",
    ),
    warning(
        "C846",
        "signed by another domain",
        why="DMARC counts only a signature by the domain in From, or one related to it",
        fix="leave [mail.dkim] domain empty, or let it be a domain of the sender's",
        explain="Both domains end in the same registered name in relaxed alignment, which is the usual one "
        "(RFC 9989). Here the last two labels are compared.",
    ),
    warning(
        "C847",
        "relay without a reverse name",
        why="large receivers refuse mail from an address that has no name, or whose name is another's",
        fix="have whoever runs the network set the reverse name to the relay's own, and that name to the "
        "address",
        explain="If the relay is a server of your own, receivers look its address up: it has a PTR record "
        "(RFC 1035 section 3.5), and the name in it leads back to the address. A relay that you rent takes "
        "care of that.",
    ),
)
"""C820 to C849."""
