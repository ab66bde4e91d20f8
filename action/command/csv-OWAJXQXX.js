import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-AEULILGI.js";import"./chunk-3WVMR3AP.js";import"./chunk-EIRLTXDF.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
