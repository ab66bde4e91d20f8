import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-EYW3LQWB.js";import"./chunk-6QZWMTPO.js";import"./chunk-JGPZPMH6.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
