import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-2ODSAGWZ.js";import"./chunk-6QZWMTPO.js";import"./chunk-JGPZPMH6.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
