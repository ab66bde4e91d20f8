import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-NH4T7TUV.js";import"./chunk-D6XMMFSY.js";import"./chunk-J5WJ27JI.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
