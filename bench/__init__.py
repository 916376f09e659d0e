"""Holdfast beside its peers: requests, CPU time and memory of what Django does with files."""
