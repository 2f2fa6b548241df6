"""From a question to the request that is sent."""
