"""The Instance ID: who people and services are, and the tokens that say so."""
