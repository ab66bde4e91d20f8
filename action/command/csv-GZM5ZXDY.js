import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-622OQVOS.js";import"./chunk-LQHJLMHW.js";import"./chunk-XHWTXREJ.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
