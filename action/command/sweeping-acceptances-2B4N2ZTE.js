import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-LQALCQ5Q.js";import"./chunk-CS5IXRHE.js";import"./chunk-Z2BWPJVN.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
