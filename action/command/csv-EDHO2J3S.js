import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-WBLLV6Z6.js";import"./chunk-R5ZTYRLY.js";import"./chunk-VZGWWELC.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
