import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-6W2VUAJG.js";import"./chunk-7XBOO2K2.js";import"./chunk-BY3EXSSP.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
