"""Messages of Amazon SNS, signed by a key of the tests."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from docchat_mailer.returns.sns import signed_text

NOW = datetime(2027, 3, 16, 10, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
KEY = generate_private_key(65537, 2048)
BOUNCE = {
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [
            {
                "emailAddress": "anna@example.org",
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown",
            }
        ],
        "timestamp": "2027-03-16T09:59:00.000Z",
        "feedbackId": "0100-1",
    },
    "mail": {"messageId": "0100-2", "source": "blog@example.org", "destination": ["anna@example.org"]},
}
COMPLAINT = {
    "notificationType": "Complaint",
    "complaint": {
        "complainedRecipients": [{"emailAddress": "anna@example.org"}],
        "complaintFeedbackType": "abuse",
    },
    "mail": {"messageId": "0100-3"},
}


def certificate(key=KEY, *, until: datetime = NOW + timedelta(days=1)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.example")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    built = (
        built.public_key(key.public_key()).not_valid_before(NOW - timedelta(days=9)).not_valid_after(until)
    )
    return built.sign(key, SHA256()).public_bytes(Encoding.PEM)


PEM = certificate()


def signed(event=BOUNCE, *, version: str = "2", **fields: str) -> dict[str, str]:
    said = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": event if isinstance(event, str) else json.dumps(event),
        "Timestamp": "2027-03-16T09:59:30.000Z",
        "SignatureVersion": version,
        "SigningCertURL": URL,
        **fields,
    }
    seal = KEY.sign(signed_text(said), PKCS1v15(), SHA1() if version == "1" else SHA256())
    return {**said, "Signature": b64encode(seal).decode()}
