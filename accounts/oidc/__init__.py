"""Sign-in with the Instance ID. mozilla-django-oidc is the shell; what it leaves open is settled here."""
