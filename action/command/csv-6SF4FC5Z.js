import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-6JPABX2W.js";import"./chunk-KEQRH5OZ.js";import"./chunk-UUBSHXJV.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
