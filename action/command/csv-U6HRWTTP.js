import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-VOAJMMB4.js";import"./chunk-JIKYCRSY.js";import"./chunk-FC5XITJV.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
