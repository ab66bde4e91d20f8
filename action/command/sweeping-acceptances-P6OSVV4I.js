import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-2WRY5OQX.js";import"./chunk-6HEJVXG7.js";import"./chunk-CVV7LFEB.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
