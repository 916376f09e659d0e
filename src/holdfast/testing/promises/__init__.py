"""The promises, one module a group. A new module is found by itself."""
