-- The one load order: psql -1 -v ON_ERROR_STOP=1 -f sql/install.sql gives an empty database the whole schema.
-- `pysync migrate` reads this list too: it reloads everything here but schemas.sql and tables/.
\ir schemas.sql
\ir grants.sql
