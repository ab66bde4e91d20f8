/** Stands in for `@duckdb/node-api` in the single executable, which cannot load native code: loading it fails, as where it is not installed. */
throw new Error('DuckDB is not part of this executable');
