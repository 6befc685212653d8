"""The suite: folders mirror src; laws/, machines/ and architecture/ look across the contexts."""
