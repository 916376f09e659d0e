"""HTTP for the stores that speak it: connections, retries, signing and credentials.

Nothing here knows a store. A store brings its rules, and these modules bring the bytes there and back.
"""
