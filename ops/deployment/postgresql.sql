-- Roles and databases for Casewright and for Prefect's server, once per PostgreSQL server (15 or later).
-- The passwords are read from the environment, so that they stand in no file and no list of processes:
--
--   read -rs CASEWRIGHT_DB_PASSWORD && read -rs PREFECT_DB_PASSWORD
--   export CASEWRIGHT_DB_PASSWORD PREFECT_DB_PASSWORD
--   psql --host DATABASE-HOST --username postgres --set ON_ERROR_STOP=1 --file postgresql.sql

\getenv casewright_password CASEWRIGHT_DB_PASSWORD
\getenv prefect_password PREFECT_DB_PASSWORD

CREATE ROLE casewright LOGIN PASSWORD :'casewright_password';
CREATE ROLE prefect LOGIN PASSWORD :'prefect_password';

CREATE DATABASE casewright OWNER casewright ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE prefect OWNER prefect ENCODING 'UTF8' TEMPLATE template0;

-- each role gets into its own database alone: Prefect's never sees a client
REVOKE CONNECT, TEMPORARY ON DATABASE casewright FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE prefect FROM PUBLIC;

\connect prefect
CREATE EXTENSION IF NOT EXISTS pg_trgm;
