import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-ECDIQMWZ.js";import"./chunk-3MG5CNZD.js";import"./chunk-X2GWDN5U.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
