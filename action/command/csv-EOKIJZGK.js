import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-U656DYCW.js";import"./chunk-WRP3IWAF.js";import"./chunk-DBHEFDCW.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
