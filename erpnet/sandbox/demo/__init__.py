"""The portal and all that it needs on one machine: embedded PostgreSQL and Redis, the sandbox, the processes."""
