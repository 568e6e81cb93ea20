"""Trips to the Instance ID that are under way."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SignInAttempt(models.Model):
    """One trip to the Instance ID: what must come back unchanged. Consumed once, dead after ten minutes."""

    state = models.CharField(primary_key=True, max_length=64)
    browser_key_hash = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    code_verifier = models.CharField(max_length=128)
    issuer = models.CharField(max_length=255)
    next_path = models.CharField(max_length=500, blank=True)
    session_key = models.CharField(max_length=40, blank=True)
    # Set where somebody who is signed in has to prove it anew: the answer has to be about the same person.
    fresh_for = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"attempt of {self.created_at:%Y-%m-%d %H:%M}"
