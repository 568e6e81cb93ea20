"""Web hooks of ERP.net: it calls, and a stream pulls soon. Nothing that the call carries is used."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from accounts.gates import public_page
from sync.services.hooks import ask_to_pull

logger = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
SIGNED_WITHIN = 5 * 60


@csrf_exempt
@require_POST
@never_cache
@public_page
def from_erpnet(request: HttpRequest, stream: str) -> HttpResponse:
    """202 for who has the secret, and at once: ERP.net waits ten seconds. To strangers there is nothing here."""
    if not settings.ERPNET_WEB_HOOK_SECRET:
        raise Http404
    if not (_has_secret(request) or _is_signed(request)):
        logger.warning("A web hook for %s came without the secret.", stream)
        raise Http404
    try:
        is_known = ask_to_pull(stream)
    except RedisError as error:
        logger.warning("A web hook for %s was lost: %s", stream, type(error).__name__)
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    if not is_known:
        raise Http404
    return HttpResponse("accepted\n", content_type="text/plain", status=HTTPStatus.ACCEPTED)


def _has_secret(request: HttpRequest) -> bool:
    """ERP.net itself can send a header that is the same each time, and sign nothing."""
    token = request.headers.get("X-Auth-Token", "")
    return constant_time_compare(token, settings.ERPNET_WEB_HOOK_SECRET)


def _is_signed(request: HttpRequest) -> bool:
    """A relay can sign: `X-Signature: t=<seconds>,v1=<hex>`, HMAC-SHA256 with the secret over `<seconds>.<body>`.

    Good for five minutes before and after, so that one that was overheard is worth nothing for long.
    """
    fields = dict(part.partition("=")[::2] for part in request.headers.get("X-Signature", "").split(","))
    moment, signature = fields.get("t", ""), fields.get("v1", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return False
    if abs(time.time() - int(moment)) > SIGNED_WITHIN or _size(request) > LARGEST_BODY:
        return False
    try:
        signed = f"{moment}.".encode() + request.body
    except RequestDataTooBig:
        return False
    made = hmac.new(settings.ERPNET_WEB_HOOK_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return constant_time_compare(signature, made)


def _size(request: HttpRequest) -> int:
    """As the head of the request has it; Django reads no more than that."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() and len(length) <= 12 else LARGEST_BODY + 1
