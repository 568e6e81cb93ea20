"""The portal and all that it needs, on one machine: embedded PostgreSQL and Redis, the sandbox, and the portal's processes."""
