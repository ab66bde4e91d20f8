import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-BBSWXYOQ.js";import"./chunk-5DS56CDW.js";import"./chunk-HCHUSPNR.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
