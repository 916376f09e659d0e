"""Real servers for the tests, each in a temporary folder, and a proxy that makes them fail."""
