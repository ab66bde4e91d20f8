import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-NS2ZKKNS.js";import"./chunk-AARGX7QM.js";import"./chunk-72YEGCCX.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
