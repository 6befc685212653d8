"""The sockets at the edge: one small Protocol per kind of backend, each satisfied by one adapter.

Adapter authors import from here. A port call may take as long as it likes: the engine never makes one while a commit
is open.
"""
