import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-7CSMKH5R.js";import"./chunk-3MALPB36.js";import"./chunk-UV3WPPDR.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
