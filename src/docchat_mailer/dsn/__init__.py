"""Bounces and complaints: bytes in, verdicts out.

:func:`docchat_mailer.dsn.reading.read_report` reads what came back, as :mod:`docchat_mailer.dsn.report` has it;
:mod:`docchat_mailer.dsn.verp` makes return paths and knows ours again.
"""
