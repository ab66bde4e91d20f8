/** A run on an engine with real parts: processes of the command, and a PostgreSQL of the test's own. */
import { describeEngine } from '../support/engine-cases.ts';
import { POSTGRES } from '../support/job-store.ts';

describeEngine(POSTGRES);
