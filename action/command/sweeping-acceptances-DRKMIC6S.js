import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-BFPUYJR6.js";import"./chunk-2P5NMLSM.js";import"./chunk-ODU6ZJ5M.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
