import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-BV3JXQKS.js";import"./chunk-EXGOZLKF.js";import"./chunk-Y6MB7R5V.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
