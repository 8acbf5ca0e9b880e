"""What servers say, a table for each meaning, written as they write it."""
