import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-K7S7ULY4.js";import"./chunk-JIKYCRSY.js";import"./chunk-FC5XITJV.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
