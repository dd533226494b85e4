"""A small in-memory drive, written from docs/protocol.md alone, and random sequences that it and a server both do."""
