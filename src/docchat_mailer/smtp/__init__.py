"""How messages leave the house: couriers to an outbox folder and to an SMTP relay."""
