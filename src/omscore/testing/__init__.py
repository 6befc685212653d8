"""What adapter authors test with: a kit of laws for each port, run against their own adapter (extra `testing`)."""

import pytest

# So that a broken law shows the values it compared, as in any test of one's own.
pytest.register_assert_rewrite("omscore.testing.conformance")
