import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-S5JTKTXV.js";import"./chunk-HYPXLYPL.js";import"./chunk-FU4SCZN5.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
