import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-3UHGA4JW.js";import"./chunk-UOGMIC7W.js";import"./chunk-P4VJPDHN.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
