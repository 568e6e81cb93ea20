#!/bin/sh
# Runs once, when the database is new: the three logins. The portal's migrations give the last two their rights.
set -eu
psql --username postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --set owner="$PORTAL_OWNER_PASSWORD" --set web="$PORTAL_WEB_PASSWORD" --set worker="$PORTAL_WORKER_PASSWORD" <<'SQL'
CREATE ROLE portal_owner LOGIN CREATEROLE PASSWORD :'owner';
CREATE ROLE portal_web LOGIN PASSWORD :'web';
CREATE ROLE portal_worker LOGIN PASSWORD :'worker';
GRANT portal_web, portal_worker TO portal_owner WITH ADMIN OPTION;
CREATE DATABASE portal OWNER portal_owner;
SQL
