/** Stands in for `src/query/apart/start-asking.ts` in the single executable, which cannot load DuckDB: there is nothing to start. */
import { withoutDuckdb } from '../../src/events/database.ts';

type Module = typeof import('../../src/query/apart/start-asking.ts');

export const startAsking: Module['startAsking'] = () => {
  throw withoutDuckdb(new Error('DuckDB is not part of this executable'));
};
