"""The project and the partner's pages."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
