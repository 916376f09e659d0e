"""What the contract finds in the storages that other packages bring: ``python -m tests.peers``."""
