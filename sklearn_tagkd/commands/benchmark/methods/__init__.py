"""What is measured: methods, and what of the answers each is taught."""
