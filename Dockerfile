# One image for every process: web, the two workers, beat and the migrations differ in their command alone.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/base.txt /requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r /requirements.txt

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=portal.settings STATIC_ROOT=/portal/staticfiles
RUN useradd --system --user-group --no-create-home --shell /usr/sbin/nologin portal
WORKDIR /portal
COPY --from=build /venv /venv
# What .dockerignore lets in: the portal, and nothing of its tests or its sandbox.
COPY . .
# Collecting style sheets and scripts needs settings that load, and nothing that answers behind them.
RUN DJANGO_SECRET_KEY=$(head -c 48 /dev/urandom | base64 -w 0) PORTAL_URL=https://portal.invalid \
    DATABASE_URL=postgresql://portal@localhost/portal REDIS_URL=redis://localhost/0 \
    ERPNET_URL=https://erpnet.invalid ERPNET_APPLICATION_URI=build \
    ERPNET_APPLICATION_SECRET=$(head -c 32 /dev/urandom | base64 -w 0) \
    python manage.py collectstatic --no-input
USER portal
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", \
     "--no-ws", "--backpressure", "64", "--workers-kill-timeout", "30", "portal.wsgi:application"]
# It asks as people do, by the portal's own name: a host that the portal does not know gets no answer.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD python -c "import os, urllib.parse, urllib.request as web; \
    host = urllib.parse.urlsplit(os.environ['PORTAL_URL']).netloc; \
    web.urlopen(web.Request('http://127.0.0.1:8000/livez', headers={'Host': host}), timeout=4)"
