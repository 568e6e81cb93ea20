"""How the outbox empties into ERP.net: claiming an entry, sending it, and writing down what came of it."""
