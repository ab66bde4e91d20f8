import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-5SQF5576.js";import"./chunk-TDGCWCWC.js";import"./chunk-44CMAJ2X.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
