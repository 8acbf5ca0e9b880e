"""Where returned mail comes from: a Maildir, a mailbox on a server, a pipe."""
