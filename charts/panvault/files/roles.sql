-- The database and its two roles, once, as a superuser:
--   psql -v owner_password=... -v server_password=... -f roles.sql
-- panvault_owner brings the schema up to date and is used by the migration only.
-- panvault_server serves: it can read and add profiles and key versions and change
-- their state, and can neither delete them nor change the schema.
CREATE ROLE panvault_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE
  PASSWORD :'owner_password';
CREATE ROLE panvault_server LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE
  PASSWORD :'server_password';
CREATE DATABASE panvault OWNER panvault_owner;
REVOKE ALL ON DATABASE panvault FROM PUBLIC;
GRANT CONNECT ON DATABASE panvault TO panvault_server;
\connect panvault
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO panvault_server;
-- For the tables that migrations are going to make.
ALTER DEFAULT PRIVILEGES FOR ROLE panvault_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE ON TABLES TO panvault_server;
