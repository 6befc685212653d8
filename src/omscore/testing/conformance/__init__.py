"""One kit for each port: a class to subclass, one fixture to give, one law per test."""
