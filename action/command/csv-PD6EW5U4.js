import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-457OU3ZI.js";import"./chunk-6HEJVXG7.js";import"./chunk-CVV7LFEB.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
