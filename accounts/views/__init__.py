"""Pages about the person herself and her partners. Signing in and out is in `accounts.oidc`."""
