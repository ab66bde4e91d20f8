import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-QHD4G7UN.js";import"./chunk-IVUQGHAX.js";import"./chunk-B2C7LK45.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
