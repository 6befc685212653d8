"""The engine: turns one command into one commit, and due tasks into outside effects."""
