"""Settings: ``config.toml`` read, checked whole, and handed on as plain values."""

from docchat_mailer.config.loading import load_config
from docchat_mailer.config.settings import Config

__all__ = ["Config", "load_config"]
