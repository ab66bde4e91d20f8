import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-E34DR63Z.js";import"./chunk-CS5IXRHE.js";import"./chunk-Z2BWPJVN.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
