"""What the shop's books learn: every money fact becomes one balanced journal entry."""
