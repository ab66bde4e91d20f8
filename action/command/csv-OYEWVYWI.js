import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-TNV4ODXR.js";import"./chunk-WXIBSNRS.js";import"./chunk-23GOW2QB.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
