#!/bin/sh
# Runs once, when the database container makes its data directory: the account that the API signs in with. It has no
# rights of its own; each transaction takes one of the three roles that the migrations grant to.
set -eu
: "${POSTGRES_USER:=postgres}"
: "${NONGBAO_SERVICE_PASSWORD:?set it in production.env}"
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
    --set=password="$NONGBAO_SERVICE_PASSWORD" <<'SQL'
CREATE ROLE nongbao_owner NOLOGIN;
CREATE ROLE nongbao_app NOLOGIN NOINHERIT;
CREATE ROLE nongbao_wide NOLOGIN NOINHERIT;
CREATE ROLE nongbao_report NOLOGIN NOINHERIT;
CREATE ROLE nongbao_service LOGIN NOINHERIT PASSWORD :'password';
GRANT nongbao_app, nongbao_wide, nongbao_report TO nongbao_service;
SQL
