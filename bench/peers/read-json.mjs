// What people do without an export: DuckDB reads the log files of a copy themselves. Arguments: a pattern of their paths, and a folder
// for what does not fit into memory. Prints the answer, a row in each line.
import { DuckDBInstance } from '@duckdb/node-api';

const [pattern = '', spill = ''] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { temp_directory: spill });
const connection = await instance.connect();
// Without a type for its columns it reads a part of the files twice, and refuses those that differ.
const columns = "{Records: 'STRUCT(eventSource VARCHAR, eventName VARCHAR)[]'}";
const reader = await connection.runAndReadAll(
  `SELECT e.eventSource, e.eventName, count(*) AS calls
   FROM (SELECT unnest(Records) AS e FROM read_json('${pattern.replaceAll("'", "''")}', columns = ${columns}))
   GROUP BY ALL ORDER BY calls DESC`,
);
for (const row of reader.getRowsJson()) process.stdout.write(`${row.join('\t')}\n`);
connection.closeSync();
instance.closeSync();
