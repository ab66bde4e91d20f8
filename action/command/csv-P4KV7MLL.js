import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-6CBPHN3R.js";import"./chunk-56WJCN4S.js";import"./chunk-NHJCMCTT.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
