/** Before each file of tests: questions are asked by the program that was bundled before all of them. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';
import { takeProgramNextTo } from '../../src/query/apart/start-asking.ts';

takeProgramNextTo(pathToFileURL(join(inject('threads'), 'tests.js')).href);
