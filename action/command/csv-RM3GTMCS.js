import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-7M232WXH.js";import"./chunk-5DS56CDW.js";import"./chunk-HCHUSPNR.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
