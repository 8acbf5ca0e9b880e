"""The use cases that mail: fan out an edition, send what is pending, account for every row."""
