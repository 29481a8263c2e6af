#!/bin/sh
# Runs once, when the database is made: the extension, and the login that serves requests.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$SERVICE_PASSWORD" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create extension if not exists vector;
create role rationale_service login nosuperuser nobypassrls nocreatedb nocreaterole
    password :'password';
SQL
