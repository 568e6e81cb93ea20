"""All that changes something. Services raise `sync.exceptions`, whose messages are fit for the person who asked."""
